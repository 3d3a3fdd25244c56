"""How a finding reads in a terminal."""

from __future__ import annotations

from lora_studio.config.findings import Finding

NAMED_FILES = 5


def finding_line(finding: Finding) -> str:
    """A finding as one line, with the first files it names."""
    named = ", ".join(finding.paths[:NAMED_FILES])
    more = f" and {len(finding.paths) - NAMED_FILES} more" if len(finding.paths) > NAMED_FILES else ""
    mark = {"stop": "Stop:", "warn": "Look: ", "tip": "Tip:  "}[finding.severity]
    return " ".join(part for part in (mark, finding.title, finding.detail, f"[{named}{more}]" if named else "") if part)
