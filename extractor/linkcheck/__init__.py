"""Which links are dead: takes addresses, gives results; knows neither notes nor database."""

from extractor.linkcheck.check import Check, Summary
from extractor.linkcheck.options import USER_AGENT, Options, Target
from extractor.linkcheck.run import check_all, run_checks
from extractor.linkcheck.verdict import SOFT_FAILURES, Hop, Verdict

__all__ = [
    "SOFT_FAILURES",
    "USER_AGENT",
    "Check",
    "Hop",
    "Options",
    "Summary",
    "Target",
    "Verdict",
    "check_all",
    "run_checks",
]
