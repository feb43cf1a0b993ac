"""The functions and constants that all templates can use, those of served pages and those of a shared folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.catalogue.link_health import health_name, in_archive
from extractor.catalogue.link_names import says_nothing
from extractor.dates import NOT_KNOWN
from extractor.publish.html import charts, formats
from extractor.publish.html.cells import breadcrumbs, notebook_path

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE_NAMES: Mapping[str, Any] = {
    "breadcrumbs": breadcrumbs,
    "came": formats.came,
    "count": formats.count,
    "health_name": health_name,
    "human_date": formats.human_date,
    "human_month": formats.human_month,
    "in_archive": in_archive,
    "is_past": formats.is_past,
    "is_web": formats.is_web,
    "known_date": formats.known_date,
    "length": charts.length,
    "link_name": formats.link_name,
    "not_known": NOT_KNOWN,
    "notebook_path": notebook_path,
    "readable_host": formats.readable_host,
    "says_nothing": says_nothing,
    "short_address": formats.short_address,
    "until": formats.until,
    "web_address": formats.web_address,
    "with_readable_date": formats.with_readable_date,
}
