"""The Recipe place as data: what is chosen, what each choice would cost, what stands in the way, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import JsonValue
from PySide6.QtCore import QLocale, QObject, QTimer, Signal

from lora_studio import presets, storage
from lora_studio.bases import FoundBase, find_base
from lora_studio.config.resolve import ResolvedConfig, resolve
from lora_studio.config.training import PLACES, Kind, TrainingConfig
from lora_studio.dataset.scan import ScanReport
from lora_studio.errors import StudioError
from lora_studio.projects.project import Project, Thoroughness
from lora_studio.projects.trigger import TriggerCheck, check_trigger
from lora_studio.runs.create import RunPlan, plain_name
from ui.models import recipe_advice, recipe_costs, recipe_plan, recipe_settings
from ui.models.engine_words import engine_words
from ui.models.library_words import kind_word, size_word, span_words
from ui.models.messages import Message, MessageButton, message, message_for
from ui.models.recipe_costs import Costs, Crowded
from ui.models.recipe_file import Recipe, SavedRecipe, own_presets, read_recipe, save_recipe
from ui.models.recipe_settings import SettingState
from ui.models.workspace import Workspace
from ui.work import tasks

WORK_OUT_AFTER_MS = 60

BlockerPlace = Literal["images", "train", "base", "advanced", "plan"]
ChipKind = Literal["neutral", "ok", "warn", "err"]
PlanState = Literal["empty", "estimating", "ready", "training", "tight", "too_big", "blocked"]

_BLOCKED_BY: dict[str, BlockerPlace] = {
    "base_missing": "base",
    "base_not_supported": "base",
    "model_damaged": "base",
    "bad_setting": "advanced",
    "unknown_setting": "advanced",
    "setting_decided": "advanced",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that must be mended before training can start, and where; images and train are places of the app.

    The buttons of `message` name that place, or `search_bases`.
    """

    place: BlockerPlace
    message: Message

    @property
    def sentence(self) -> str:
        return self.message.title


class RecipeModel(QObject):
    """Follows the workspace and tells what the Recipe place shows; changes go through the workspace."""

    changed = Signal()  # choices, plan or what stands in the way
    worked_out = Signal()  # `costs`
    trigger_checked = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.costs = Costs()
        self.trigger_check: TriggerCheck | None = None
        self.kept_triggers: set[str] = set()
        self.scanned = (0, 0)
        self._suggested: list[str] = []
        self._kept: set[str] = set()
        self._costs_of: RunPlan | None = None
        self._working = tasks.CancelToken()
        self._checking = tasks.CancelToken()
        self._checked_for: object = None
        self._timer = QTimer(self, singleShot=True, interval=WORK_OUT_AFTER_MS)
        self._timer.timeout.connect(self._work_out)
        for signal in (workspace.project_changed, workspace.pictures_changed, workspace.plan_changed):
            signal.connect(self._follow)
        for signal in (workspace.bases_changed, workspace.hardware_changed):
            signal.connect(self._follow)
        workspace.run_changed.connect(self.changed)
        workspace.scan_progressed.connect(self._take_progress)
        self._project_folder = workspace.project.folder if workspace.project else None
        self._timer.start()

    # ── Following ─────────────────────────────────────────────────────────────────────────────────────────

    def _follow(self) -> None:
        folder = self.workspace.project.folder if self.workspace.project else None
        if folder != self._project_folder:
            self._project_folder = folder
            self.costs, self.trigger_check, self._checked_for = Costs(), None, None
            self.scanned = (0, 0)
            self._kept.clear()
        self._timer.start()
        self.changed.emit()

    def _take_progress(self, done: int, total: int) -> None:
        self.scanned = (done, total)
        self.changed.emit()

    def _work_out(self) -> None:
        workspace, project = self.workspace, self.workspace.project
        if project is None:
            return
        report, plan, budget = workspace.report, workspace.plan, workspace.budget
        hardware, values = workspace.hardware, workspace.settings.values
        found = tuple(base for base in workspace.bases if base.usable)
        kept_free_bytes, card = values.memory_kept_free_mib * storage.MIB, values.graphics_card
        long_captions = self.costs.long_captions if plan is self._costs_of else None
        self._working.cancel()
        self._working = tasks.run(
            lambda _: recipe_costs.work_out(
                project, report, plan, budget, found, hardware, kept_free_bytes, card, long_captions
            ),
            lambda costs: self._take_costs(costs, plan),
            owner=self,
        )
        self._check_trigger(project, report)

    def _take_costs(self, costs: Costs, plan: RunPlan | None) -> None:
        self.costs, self._costs_of = costs, plan
        self.worked_out.emit()

    # ── Kind, base, length ────────────────────────────────────────────────────────────────────────────────

    @property
    def kind(self) -> Kind:
        project = self.workspace.project
        return project.data.kind if project is not None else "style"

    @property
    def thoroughness(self) -> Thoroughness:
        project = self.workspace.project
        return project.data.thoroughness if project is not None else "balanced"

    @property
    def project_name(self) -> str:
        return self.workspace.project.name if self.workspace.project is not None else ""

    @property
    def base_source(self) -> str:
        project = self.workspace.project
        return project.data.base.source if project is not None else ""

    def base_rows(self) -> list[FoundBase]:
        """The bases to choose from, those that can be trained first; one that is chosen and gone stands first."""
        bases = sorted(self.workspace.bases, key=lambda base: not base.usable)
        project = self.workspace.project
        if project is None or any(base.source == self.base_source for base in bases):
            return bases
        chosen = project.data.base
        missing = self._problem_code() == "base_missing"
        reason = self.tr("It is not at {path} any more.").format(path=chosen.source) if missing else ""
        row = FoundBase(
            source=chosen.source,
            name=chosen.name or Path(chosen.source).name,
            where="",
            size_bytes=chosen.size_bytes,
            usable=not missing,
            reason=reason,
        )
        return [row, *bases]

    def base_line(self, base: FoundBase) -> str:
        """Where a base was found and its size, or why it cannot be trained."""
        if base.reason:
            return engine_words(base.reason)
        size = size_word(base.size_bytes)
        if not base.where:
            return size
        if base.source == "practice":
            return self.tr("Comes with the app  ·  its adapters work only here")
        return self.tr("Found in {where}  ·  {size}").format(where=base.where, size=size)

    def base_chip(self, base: FoundBase) -> tuple[str, ChipKind]:
        """How a base fits this computer: words and kind of the chip; empty while unknown."""
        if not base.usable:
            missing = base.source == self.base_source
            return (self.tr("Missing"), "err") if missing else (self.tr("Cannot be trained"), "neutral")
        verdict = self.costs.fits.get(base.source)
        if base.source == self.base_source and self.workspace.budget is not None:
            verdict = self.workspace.budget.memory.verdict
        if verdict is None:
            return "", "neutral"
        has_card = bool(self.workspace.hardware and self.workspace.hardware.cards)
        if verdict == "too_big":
            return self.tr("Too big as it is"), "err"
        if verdict == "tight":
            return self.tr("Tight"), "warn"
        return (self.tr("Fits your card") if has_card else self.tr("Fits your computer")), "ok"

    def length_is_set_by_hand(self) -> bool:
        """Whether a change in Advanced decides the steps, so that the slider cannot."""
        project = self.workspace.project
        names = ("schedule.looks_per_picture", "schedule.max_steps", "schedule.min_steps")
        return project is not None and any(name in project.data.settings for name in names)

    def kind_changes(self, kind: Kind) -> list[str]:
        """What another kind would set differently, in words."""
        current, project = self.current, self.workspace.project
        if current is None or project is None:
            return []
        family = current.config.base.family
        values = resolve(presets.preset_layers(self.kind, family)).config
        others = resolve(presets.preset_layers(kind, family)).config
        return self._differences(values, others, project.data.settings)

    # ── Trigger word ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def trigger(self) -> str:
        """The trigger word in force: the person's, or the one that is proposed."""
        project = self.workspace.project
        if project is None:
            return ""
        if project.data.trigger is not None:
            return project.data.trigger
        name = plain_name(project.data.name)
        return presets.propose_trigger(name, project.data.kind)

    @property
    def is_trigger_proposed(self) -> bool:
        project = self.workspace.project
        return project is not None and project.data.trigger is None

    def set_trigger(self, word: str) -> None:
        if word.strip() != self.trigger:
            self.workspace.change(trigger=word.strip())

    def suggest_trigger(self) -> str:
        """The next suggested word that was not shown yet; the first one again after the last. Empty without any."""
        check = self.trigger_check
        words = list(check.suggestions) if check is not None else []
        fresh = [word for word in words if word not in self._suggested]
        word = next(iter(fresh or words), "")
        if word:
            self._suggested.append(word)
            self.set_trigger(word)
        return word

    def keep_trigger(self) -> None:
        """Say no more about this word."""
        self.kept_triggers.add(self.trigger)
        self.trigger_checked.emit()

    def trigger_message(self) -> Message | None:
        """What speaks against the word; None while that is unknown, and for a word that is kept all the same."""
        check = self.trigger_check
        if check is None or check.is_new or check.word != self.trigger or check.word in self.kept_triggers:
            return None
        known = message("E21", word=check.word)
        sentences = "\n".join(engine_words(sentence) for _, sentence in check.troubles)
        if not check.word:
            known = replace(known, title=self.tr("There is no trigger word."), body=sentences)
        elif {"common_word", "known_word"} & {name for name, _ in check.troubles}:
            known = replace(known, body=f"{known.body}\n{sentences}")
        else:
            title = self.tr("“{word}” may be mistaken for other words.").format(word=check.word)
            known = replace(known, title=title, body=sentences)
        known = replace(known, details=check.checked)
        return known if check.suggestions else known.only({"keep"})

    def _check_trigger(self, project: Project, report: ScanReport | None) -> None:
        word, base, kind = self.trigger, self.base_source, project.data.kind
        captions = tuple(image.caption for image in report.images if image.caption) if report is not None else ()
        wanted = (word, base, captions)
        if wanted == self._checked_for:
            return
        self._checked_for = wanted
        self._checking.cancel()
        name = project.data.name

        def check(_token: tasks.CancelToken) -> TriggerCheck:
            try:
                found = find_base(base)
            except StudioError:
                found = None
            return check_trigger(word, found, captions, name, kind)

        self._checking = tasks.run(check, self._take_check, owner=self)

    def _take_check(self, check: TriggerCheck) -> None:
        self.trigger_check = check
        self.trigger_checked.emit()

    # ── Sample prompts ────────────────────────────────────────────────────────────────────────────────────

    @property
    def prompts(self) -> tuple[str, ...]:
        """The sample prompts in force: the person's, or the four that are proposed."""
        project, plan = self.workspace.project, self.workspace.plan
        if project is not None and project.data.prompts:
            return project.data.prompts
        return plan.resolved.config.preview.prompts if plan is not None else ()

    @property
    def are_prompts_proposed(self) -> bool:
        project = self.workspace.project
        return project is not None and not project.data.prompts

    def set_prompts(self, prompts: Sequence[str]) -> bool:
        """Take these prompts, none brings the proposed ones back; whether that changed anything."""
        if tuple(prompts) == self.prompts or (not prompts and self.are_prompts_proposed):
            return False
        self.workspace.change(prompts=tuple(prompts))
        return True

    def prompts_cost(self, count: int | None = None) -> str:
        """What drawing samples adds, for so many prompts."""
        current = self.current
        if current is not None and not current.config.preview.enabled:
            return self.tr("Samples are switched off in Advanced")
        whole, known = self.costs.samples_s, len(self.prompts)
        if whole is None or not known:
            return self.tr("Drawn after every epoch, so you can watch it learn")
        span = span_words(whole * (known if count is None else count) / known)
        return self.tr("Drawn after every epoch, {span} in all").format(span=span)

    # ── Settings ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def current(self) -> ResolvedConfig | None:
        """The settings in force with their origins."""
        plan = self.workspace.plan
        return self.costs.current or (plan.resolved if plan is not None else None)

    @property
    def changed_settings(self) -> dict[str, JsonValue]:
        project = self.workspace.project
        return dict(project.data.settings) if project is not None else {}

    def states(self) -> dict[str, SettingState]:
        """Every row of Advanced; empty before anything is known."""
        current = self.current
        if current is None:
            return {}
        return recipe_settings.states(
            current, self.costs.advised or current.config, self.changed_settings, self.workspace.hardware
        )

    def set_value(self, path: str, value: JsonValue) -> str:
        """Change one setting; the sentence says why it was refused, and then nothing has changed."""
        advised = self.costs.advised
        if advised is None:
            return self._not_yet()
        settings = self.changed_settings
        if recipe_settings.values_of(advised)[path] == value:
            settings.pop(path, None)
        else:
            settings[path] = value
        try:
            recipe_settings.checked(advised, settings)
        except StudioError as error:
            return engine_words(error.detail or error.title)
        self._change_settings(settings)
        return ""

    def reset(self, path: str) -> None:
        """Take the advised value again."""
        settings = self.changed_settings
        if settings.pop(path, None) is not None or path in self.changed_settings:
            self._change_settings(settings)

    def reset_all(self) -> None:
        self._change_settings({})

    def preset_words(self) -> str:
        """The preset in force, and whether it was changed."""
        title = kind_word(self.kind)
        return self.tr("{preset} · changed").format(preset=title) if self.changed_settings else title

    def advanced_note(self) -> str:
        """What the closed card says about its rows."""
        count = len(recipe_settings.fields())
        changed = len(self.changed_settings)
        if changed:
            return self.tr("%n changed", "", changed)
        return self.tr("%n setting(s), all chosen for you", "", count)

    def summary(self) -> list[str]:
        """The values that matter most, for the closed card."""
        current = self.current
        if current is None:
            return []
        config = current.config
        kind = config.adapter.kind
        words = [] if kind == "lora" else [recipe_settings.ADAPTER_KINDS[kind]]
        words.append(self.tr("Rank {rank}").format(rank=QLocale().toString(config.adapter.rank)))
        held = {"int8": self.tr("8-bit base"), "nf4": self.tr("4-bit base")}.get(config.base.quantization)
        words += [held] if held else []
        words.append(self.tr("{side} px").format(side=QLocale().toString(config.dataset.resolution_px)))
        rate = recipe_settings.typed_value(config.optimizer.learning_rate)
        name = recipe_settings.OPTIMIZER_NAMES[config.optimizer.type]
        words.append(name if config.optimizer.type == "prodigy" else f"{name} {rate}")
        return words

    def as_text(self) -> str:
        current = self.current
        return recipe_settings.as_text(current.config) if current is not None else "{}"

    def set_text(self, text: str) -> str:
        """Take an edited text; the sentence says why it was refused, and then nothing has changed."""
        advised = self.costs.advised
        if advised is None:
            return self._not_yet()
        try:
            settings = recipe_settings.read_text(text, advised)
        except StudioError as error:
            return engine_words(" ".join(filter(None, (error.title, error.detail))))
        if settings != self.changed_settings:
            self._change_settings(settings)
        return ""

    def _not_yet(self) -> str:
        if _BLOCKED_BY.get(self._problem_code()) == "base":
            return self.tr("Choose a base model first.")
        return self.tr("The recipe is still being read. Try again in a moment.")

    def _change_settings(self, settings: dict[str, JsonValue]) -> None:
        self.workspace.change(settings=settings)

    # ── Recipes ───────────────────────────────────────────────────────────────────────────────────────────

    def as_recipe(self, name: str) -> Recipe:
        """The choices of this page that would suit other pictures too."""
        settings = {path: value for path, value in self.changed_settings.items() if path not in PLACES}
        return Recipe(name=name, kind=self.kind, thoroughness=self.thoroughness, settings=settings)

    def open_recipe(
        self, path: Path, then: Callable[[Recipe, list[str]], object], failed: Callable[[StudioError], object]
    ) -> None:
        """Read a recipe and hand it over with what taking it would change, in words; nothing is changed yet."""
        project, current = self.workspace.project, self.current
        if project is None or current is None:
            return

        def read(_token: tasks.CancelToken) -> tuple[Recipe, TrainingConfig]:
            recipe = read_recipe(path)
            wished = project.changed(kind=recipe.kind, thoroughness=recipe.thoroughness, settings={})
            return recipe, recipe_settings.checked(recipe_costs.advised(wished) or current.config, recipe.settings)

        def hand_over(read: tuple[Recipe, TrainingConfig]) -> None:
            recipe, config = read
            then(recipe, self._recipe_changes(recipe, current.config, config))

        tasks.run(read, hand_over, _only_studio_errors(failed), owner=self)

    def save_recipe(
        self, path: Path, recipe: Recipe, then: Callable[[], object], failed: Callable[[StudioError], object]
    ) -> None:
        """Keep a recipe in a file, replacing what is there."""
        tasks.run(lambda _: save_recipe(path, recipe), lambda _: then(), _only_studio_errors(failed), owner=self)

    def list_presets(self, then: Callable[[list[SavedRecipe]], object]) -> None:
        """Hand over the person's own presets."""
        tasks.run(lambda _: own_presets(), then, owner=self)

    def _recipe_changes(self, recipe: Recipe, before: TrainingConfig, after: TrainingConfig) -> list[str]:
        words = []
        if recipe.kind != self.kind:
            words.append(self._from_to(self.tr("Kind"), kind_word(self.kind), kind_word(recipe.kind)))
        if recipe.thoroughness != self.thoroughness:
            old, new = self.thoroughness_word(self.thoroughness), self.thoroughness_word(recipe.thoroughness)
            words.append(self._from_to(self.tr("How thorough"), old, new))
        return words + self._differences(before, after, {})

    def use_recipe(self, recipe: Recipe) -> None:
        self.workspace.change(kind=recipe.kind, thoroughness=recipe.thoroughness, settings=dict(recipe.settings))

    def thoroughness_word(self, thoroughness: Thoroughness) -> str:
        words = {"quick": self.tr("Quick look"), "balanced": self.tr("Balanced"), "thorough": self.tr("Thorough")}
        return words[thoroughness]

    def _differences(self, before: TrainingConfig, after: TrainingConfig, but: Mapping[str, JsonValue]) -> list[str]:
        old, new = recipe_settings.values_of(before), recipe_settings.values_of(after)
        written = recipe_settings.written_value
        return [
            self._from_to(one.title, written(old[one.path]), written(new[one.path]))
            for one in recipe_settings.fields()
            if old[one.path] != new[one.path] and one.path not in but
        ]

    def _from_to(self, title: str, before: str, after: str) -> str:
        return self.tr("{setting}: {before} → {after}").format(setting=title, before=before, after=after)

    # ── What stands in the way ────────────────────────────────────────────────────────────────────────────

    @property
    def plan_state(self) -> PlanState:
        workspace = self.workspace
        if workspace.project is None:
            return "empty"
        if workspace.plan_problem is not None and not workspace.is_planning:
            return "blocked"
        budget = workspace.budget
        if budget is None:
            return "estimating"
        if budget.memory.verdict == "too_big":
            return "too_big"
        if any(blocker.place != "train" for blocker in self.blockers()):
            return "blocked"
        if self.is_training:
            return "training"
        return "tight" if budget.memory.verdict == "tight" else "ready"

    @property
    def is_training(self) -> bool:
        """Whether a run of this project trains now; another can only wait."""
        run = self.workspace.run
        return run is not None and run.state.is_alive

    def blockers(self) -> list[Blocker]:
        """Everything that keeps training from starting, each with its place."""
        workspace = self.workspace
        if workspace.project is None:
            return []
        found: list[Blocker] = []
        problem = workspace.plan_problem
        if problem is not None:
            found.append(self._blocker(_BLOCKED_BY.get(problem.code, "images"), message_for(problem)))
        if workspace.plan is not None:
            stops = (item for item in workspace.plan.findings if item.severity == "stop")
            found += [self._blocker("images", message_for(item)) for item in stops]
        budget = workspace.budget
        if budget is not None and workspace.plan is not None and problem is None:
            if budget.memory.verdict == "too_big":
                found.append(self._blocker("plan", recipe_plan.too_big(budget)))
            if not budget.fits_on_disk:
                sentence = self.tr("The drive has too little room: {needed} are needed, {free} are free.")
                needed, free = size_word(budget.disk_bytes), size_word(budget.disk_free_bytes or 0)
                body = self.tr("Nothing was started. Free some space, or move the project to another drive.")
                said = Message("disk", sentence.format(needed=needed, free=free), body, ())
                found.append(self._blocker("plan", said))
        if self.is_training:
            title = self.tr("Another training of this project is running.")
            body = self.tr("This one can wait in the queue.")
            found.append(self._blocker("train", Message("running", title, body, ())))
        return found

    def advice(self) -> list[Message]:
        """What stops nothing and can be done better; without what the person chose to keep in this project."""
        plan = self.workspace.plan
        if plan is None or self.workspace.plan_problem is not None:
            return []
        long = self.costs.long_captions if self._costs_of is plan else None
        project = self.workspace.project
        found = (
            recipe_advice.trains_elsewhere(self.workspace.recent, project.folder if project is not None else None),
            recipe_advice.few_pictures(plan),
            recipe_advice.long_captions(long),
            recipe_advice.one_square(plan),
            recipe_advice.odd_masks(plan),
            recipe_advice.card_in_use(self.crowded),
        )
        return [said for said in found if said is not None and said.code not in self._kept]

    def pictures_of(self, code: str) -> list[Path]:
        """The pictures that a piece of advice is about."""
        plan, long = self.workspace.plan, self.costs.long_captions
        if code == "E22":
            return list(long.shortened) if long is not None else []
        return recipe_advice.pictures_with_odd_masks(plan) if plan is not None else []

    def keep_as_it_is(self, code: str) -> None:
        """Give this piece of advice no more while the project is open."""
        self._kept.add(code)
        self.changed.emit()

    @property
    def crowded(self) -> Crowded | None:
        """Too little room on the card beside other programs; a training of ours is none of them."""
        run = self.workspace.run
        return None if run is not None and run.state.is_alive else self.costs.crowded

    def _blocker(self, place: BlockerPlace, said: Message) -> Blocker:
        """A message with the ways out that this page has."""
        if place == "plan":  # that is where it is shown
            return Blocker(place, said)
        words = {
            "images": self.tr("Go to Images"),
            "train": self.tr("Go to Train"),
            "base": self.tr("Choose a base model"),
            "advanced": self.tr("Open Advanced"),
        }
        buttons = (MessageButton(place, words[place]), *said.only({"search_bases"}).buttons)
        return Blocker(place, replace(said, buttons=buttons))

    def notes(self) -> list[str]:
        """What may make the result worse, and does not stop it."""
        plan, budget = self.workspace.plan, self.workspace.budget
        if plan is None:
            return []
        said = [self.trigger_message(), *self.advice()]
        found = [one.title for one in said if one is not None]
        found += [engine_words(item.title) for item in plan.findings if item.severity == "warn"]
        if budget is not None and not budget.memory.is_card and plan.resolved.config.base.family != "practice":
            span = span_words(budget.time.seconds)
            found.insert(0, self.tr("Without a graphics card this base takes {span}.").format(span=span))
        return list(dict.fromkeys(found))  # some advice is a finding too, in the same words

    @property
    def can_queue(self) -> bool:
        """A run that waits may be made while another one is running."""
        return self._is_planned and not [blocker for blocker in self.blockers() if blocker.place != "train"]

    @property
    def can_start(self) -> bool:
        return self._is_planned and not self.blockers()

    @property
    def _is_planned(self) -> bool:
        return self.workspace.plan is not None and not self.workspace.is_starting

    def _problem_code(self) -> str:
        problem = self.workspace.plan_problem
        return problem.code if problem is not None else ""


def _only_studio_errors(failed: Callable[[StudioError], object]) -> Callable[[Exception], object]:
    def tell(error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        failed(error)

    return tell
