"""The plan card in words: time, steps, disk and memory of a budget, and what to do where it does not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from lora_studio.config.training import TrainingConfig
from lora_studio.hardware.budget import Budget, Fix, Reason, TimeEstimate, Verdict
from ui.models import recipe_settings
from ui.models.engine_words import engine_words
from ui.models.library_words import size_word, span_words
from ui.models.messages import GB, Message, message

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the plan: what it is about, the figure, what it means, and more in a tooltip."""

    about: str
    figure: str
    note: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class MemoryWords:
    """The memory of the plan. Parts are label and GB; there is no `problem` while it fits."""

    about: str
    figure: str
    chip: str
    parts: tuple[tuple[str, float], ...]
    limit_gb: float
    verdict: Verdict
    problem: Message | None


def basis(budget: Budget) -> str:
    """What the plan was worked out from."""
    if budget.time.is_measured:
        return _plural("Worked out from your %n picture(s) and an earlier run on this computer.", budget.pictures)
    return _plural("Worked out from your %n picture(s) and this computer.", budget.pictures)


def time_line(budget: Budget) -> Line:
    time = budget.time
    span = span_words(time.seconds)
    end = QDateTime.currentDateTime().addSecs(round(time.seconds))
    clock = QLocale().toString(end.time(), QLocale.FormatType.ShortFormat)
    is_today = end.date() == QDateTime.currentDateTime().date()
    if time.is_measured:
        note = _tr("Measured on this computer, samples included")
    elif is_today:
        note = _tr("Done around {clock}, samples included").format(clock=clock)
    else:
        note = _tr("Samples included")
    return Line(_tr("Time"), span[:1].upper() + span[1:], note, _time_range(time))


def _time_range(time: TimeEstimate) -> str:
    low, high = span_words(time.low_s), span_words(time.high_s)
    if time.is_measured:
        return _tr("Between {low} and {high}, from an earlier run on this computer.").format(low=low, high=high)
    return _tr("Between {low} and {high}: estimated. After the first steps on this computer it is measured.").format(
        low=low, high=high
    )


def steps_line(budget: Budget) -> Line:
    looks = QLocale().toString(max(1, round(budget.looks / max(1, budget.pictures))))
    pictures = _plural("%n picture(s), each seen {looks} times", budget.pictures).format(looks=looks)
    epochs = _plural("%n epoch(s), each one is kept", budget.epochs)
    return Line(_tr("Steps"), QLocale().toString(budget.steps), f"{pictures}\n{epochs}")


def disk_line(budget: Budget) -> Line:
    free = budget.disk_free_bytes
    note = _tr("{size} free on this drive").format(size=size_word(free)) if free is not None else ""
    more = _tr("The finished adapter takes {size} of it.").format(size=size_word(budget.adapter_bytes))
    return Line(_tr("Disk"), size_word(budget.disk_bytes), note, more)


def memory_words(budget: Budget, config: TrainingConfig) -> MemoryWords:
    """`config` is that of the plan the budget is for."""
    memory = budget.memory
    needed, total = _told_need(budget), memory.total_bytes / GIB
    apart = abs(total - needed)
    chips = {
        "fits": _tr("{size} GB to spare"),
        "tight": _tr("Only {size} GB to spare"),
        "too_big": _tr("{size} GB too much"),
    }
    problem: Message | None = None
    if memory.verdict == "too_big":
        problem = too_big(budget)
    elif memory.verdict == "tight":
        problem = Message(
            "tight", _tr("This may just fit."), _tr("Estimates can be off by a fifth. Safer would be:"), ()
        )
    base = {"int8": _tr("Base model, 8-bit"), "nf4": _tr("Base model, 4-bit")}.get(
        config.base.quantization, _tr("Base model")
    )
    side = QLocale().toString(config.dataset.resolution_px)
    labels = {
        "base": base,
        "images": _tr("Image work at {side} px").format(side=side),
        "adapter": _tr("Adapter and learning"),
        "system": _tr("Kept free, and the app itself"),
    }
    return MemoryWords(
        about=_tr("GPU memory") if memory.is_card else _tr("Memory, without a graphics card"),
        figure=_tr("{needed} of {total} GB").format(needed=_gb(needed), total=_gb_of_device(total)),
        chip=chips[memory.verdict].format(size=_gb(apart)),
        parts=tuple((labels[part.name], part.size_bytes / GIB) for part in memory.segments),
        limit_gb=total,
        verdict=memory.verdict,
        problem=problem,
    )


def too_big(budget: Budget) -> Message:
    """E07, with the first fix that is enough as its button."""
    memory = budget.memory
    best = next((fix for fix in budget.fixes if fix.is_enough), None)
    # Memory is sold in binary gigabytes, and the message counts in decimal ones.
    said = message(
        "E07",
        needed_bytes=_told_need(budget) * GB,
        total_bytes=memory.total_bytes / GIB * GB,
        is_card=memory.is_card,
        fix=_fix_name(best) if best is not None else "",
    )
    body = _tr("Nothing was started. Each of these makes it smaller:")
    if best is None:
        body = _tr("Nothing was started. Choose a smaller base model; these alone are not enough:")
    return replace(said, body=body).only({"fit"})


def _told_need(budget: Budget) -> float:
    """In GiB. What is too big by less than is told, a tenth, is told as that: else both figures would be the same."""
    memory = budget.memory
    needed = memory.needed_bytes / GIB
    return max(needed, memory.total_bytes / GIB + 0.1) if memory.verdict == "too_big" else needed


def _fix_name(fix: Fix) -> str:
    words = []
    for path, value in fix.settings.items():
        if path == "base.quantization":
            words.append(_tr("8-bit base") if value == "int8" else _tr("4-bit base"))
        elif path == "dataset.resolution_px":
            words.append(_tr("{side} px").format(side=QLocale().toString(value)))
        elif path == "optimizer.type":
            words.append(_tr("smaller optimiser"))
        elif path == "precision.gradient_checkpointing":
            words.append(_tr("slower steps"))
        elif path == "schedule.batch_size":
            words.append(_tr("one picture at a time"))
    return ", ".join(words)


def fix_words(fix: Fix) -> tuple[str, str]:
    """What a fix saves, and what it costs."""
    saved = QLocale().formattedDataSize(fix.saved_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
    return _tr("−{size}").format(size=saved), engine_words(fix.cost)


def reason_value(reason: Reason) -> str:
    return recipe_settings.written_value(reason.value)


def _gb(size: float) -> str:
    return QLocale().toString(float(size), "f", 1)


def _gb_of_device(size: float) -> str:
    """Cards are sold in whole gigabytes and report a little less."""
    return QLocale().toString(round(size)) if abs(size - round(size)) < 0.05 else _gb(size)


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("recipe", text, "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)
