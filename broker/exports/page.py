"""A timeline as a PDF to read and to print: neutral on its face, large enough, one font."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from broker.exports.summary import summary_of
from broker.service.report import CaseReport
from broker.service.telling import Attention
from broker.service.timeline import TimelineEvent
from broker.service.wording import plain, reason_of
from broker.typeface import FONT

if TYPE_CHECKING:
    from fpdf import FPDF

_NAME = "DejaVu"
_TITLE, _HEADING, _BODY, _SMALL = 18, 13, 11, 8
"""Points; the body is what RNIB's clear print asks for at least in a face as wide as this one."""
_POINT = 25.4 / 72
_LINE = 1.4
"""Line height in font sizes."""
_MARGIN, _INDENT = 20, 24
"""Millimetres."""
_INK, _QUIET, _LOUD, _RULE = (25, 25, 30), (95, 95, 100), (150, 30, 20), (205, 205, 210)
_WHY_FIRST = {
    Attention.EMERGENCY: "Emergency",
    Attention.OVERRIDE: "Without a free yes",
    Attention.PERPETRATOR_SIDE: "Towards the abuser's side",
    Attention.UNLISTED: "Given nothing",
}
_CARE = (
    "Keep this where the person it is about is safe. It holds no name and no address, but it says"
    " that there is a case. Read it out rather than hand it over."
)
_CHECK = (
    "Every line is an entry of a signed log. The same file as JSON holds what verifies each of"
    " them; `ledger export --case` makes the file that also proves that there are no others."
)


def write_page(report: CaseReport) -> bytes:
    """Return the PDF."""
    pdf = _new(report.made_at)
    _face(pdf, report)
    _first(pdf, report)
    _heading(pdf, "Everything, in its order")
    for one in report.timeline.events:
        _event(pdf, one)
    return bytes(pdf.output())


def _new(made_at: datetime) -> "FPDF":
    from fpdf import FPDF  # noqa: PLC0415  # only who writes PDF needs it

    class Numbered(FPDF):
        def footer(self) -> None:
            self.set_y(-15)
            self.set_font(_NAME, size=_SMALL)
            self.set_text_color(*_QUIET)
            self.cell(0, 5, f"{self.page_no()} of {{nb}}", align="C")

    pdf = Numbered(format="A4")
    pdf.set_creation_date(made_at.astimezone(UTC))
    pdf.set_producer("")
    pdf.set_title("What happened to a client's information")
    pdf.set_lang("en-GB")
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    pdf.add_font(_NAME, fname=FONT)
    pdf.add_page()
    return pdf


def _face(pdf: "FPDF", report: CaseReport) -> None:
    timeline = report.timeline
    events, checkpoint = timeline.events, timeline.checkpoint
    _text(pdf, "What happened to a client's information", _TITLE)
    pdf.ln(2)
    period = f"{_when(events[0].entry.at)} to {_when(events[-1].entry.at)}" if events else "nothing"
    rows = (
        ("Case", timeline.case_id),
        ("Period", period),
        ("Written", _when(report.made_at)),
        ("Log", f"{checkpoint.origin}, {checkpoint.size} entries"),
        ("Its root", checkpoint.root.hex()),
        ("Case in the log", timeline.case_tag),
    )
    for name, value in rows:
        _pair(pdf, name, value)
    pdf.ln(2)
    _text(pdf, _CARE, _BODY, _LOUD)
    _heading(pdf, "In numbers")
    summary = summary_of(report)
    for name, count in summary.counts:
        _count(pdf, name, count)
    for reason, count in summary.removed:
        _count(pdf, f"removed: {reason_of(reason)}", count, quiet=True)
    pdf.ln(2)
    _text(pdf, _CHECK, _SMALL + 1, _QUIET)


def _first(pdf: "FPDF", report: CaseReport) -> None:
    first = report.timeline.first
    if first:
        _heading(pdf, "Read this first")
        for one in first:
            _event(pdf, one, brief=True)


def _event(pdf: "FPDF", one: TimelineEvent, *, brief: bool = False) -> None:
    told = one.told
    height = _BODY * _POINT * _LINE
    if pdf.will_page_break(3 * height):
        pdf.add_page()
    pdf.set_draw_color(*_RULE)
    pdf.line(_MARGIN, pdf.get_y(), pdf.w - _MARGIN, pdf.get_y())
    pdf.ln(1.5)
    top = pdf.get_y()
    pdf.set_font(_NAME, size=_BODY)
    pdf.set_text_color(*_QUIET)
    pdf.cell(_INDENT, height, str(one.entry.case_number))
    pdf.set_xy(_MARGIN + _INDENT, top)
    mark = f"  \N{MIDDLE DOT}  {_WHY_FIRST[told.attention]}" if told.attention else ""
    _indented(pdf, _when(one.entry.at) + mark, _SMALL + 1, _LOUD if mark else _QUIET)
    _indented(pdf, told.sentence, _BODY)
    if not brief:
        for each in told.withheld:
            said = f"Withheld: {plain(each.category)}. {each.sentence}"
            _indented(pdf, f"{said} ({', '.join(each.rules)})", _BODY - 1, _QUIET)
        if told.removed:
            counts = ", ".join(f"{reason_of(reason)} {count}" for reason, count in told.removed)
            _indented(pdf, f"Removed: {counts}.", _BODY - 1, _QUIET)
    pdf.ln(1.5)


def _heading(pdf: "FPDF", text: str) -> None:
    if pdf.will_page_break(30):
        pdf.add_page()
    pdf.ln(6)
    _text(pdf, text, _HEADING)
    pdf.ln(1)


def _pair(pdf: "FPDF", name: str, value: str) -> None:
    top, height = pdf.get_y(), _BODY * _POINT * _LINE
    pdf.set_font(_NAME, size=_BODY)
    pdf.set_text_color(*_QUIET)
    pdf.cell(36, height, name)
    pdf.set_xy(_MARGIN + 36, top)
    pdf.set_text_color(*_INK)
    pdf.multi_cell(0, height, value, align="L", new_x="LMARGIN", new_y="NEXT")


def _count(pdf: "FPDF", name: str, count: int, *, quiet: bool = False) -> None:
    height = _BODY * _POINT * _LINE
    pdf.set_font(_NAME, size=_BODY)
    pdf.set_text_color(*(_QUIET if quiet else _INK))
    pdf.cell(14, height, str(count), align="R")
    pdf.cell(0, height, f"  {name}", new_x="LMARGIN", new_y="NEXT")


def _indented(pdf: "FPDF", text: str, size: int, colour: tuple[int, int, int] = _INK) -> None:
    pdf.set_left_margin(_MARGIN + _INDENT)
    pdf.set_x(_MARGIN + _INDENT)
    _text(pdf, text, size, colour)
    pdf.set_left_margin(_MARGIN)
    pdf.set_x(_MARGIN)


def _text(pdf: "FPDF", text: str, size: int, colour: tuple[int, int, int] = _INK) -> None:
    pdf.set_font(_NAME, size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * _POINT * _LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %B %Y, %H:%M} UTC"
