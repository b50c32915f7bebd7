"""Draws papers as PDF: a template of `papers/` in one language, through WeasyPrint, which is needed only here.
What stands on a paper is decided by those who call."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

from babel import Locale
from babel.dates import format_interval
from babel.numbers import format_decimal
from flask import current_app
from flask_babel import force_locale, format_date, get_locale

from loyalty.errors import Conflict
from partners.settlement.content import Company


def draw(template: str, language: str, variant: str | None = None, **facts: object) -> bytes:
    """The PDF of `papers/<template>` with `facts`, in `language`. `variant` is WeasyPrint's: "pdf/a-3b", "pdf/ua-1".

    Needs an application context. Raises Conflict `papers_missing` where WeasyPrint or Pango is not installed.
    """
    weasyprint = renderer()
    page = markup(template, language, **facts)
    sheets = Path(current_app.static_folder or "").as_uri() + "/"
    local = weasyprint.urls.URLFetcher(
        allowed_protocols=["file"]
    )  # a company's name never makes it ask the network
    drawn = weasyprint.HTML(string=page, base_url=sheets, url_fetcher=local)
    return bytes(drawn.write_pdf(pdf_variant=variant))


def markup(template: str, language: str, **facts: object) -> str:
    """The paper as HTML. Rendered past the pages' own context, which would read the database."""
    source = current_app.jinja_env.get_template(f"papers/{template}")
    with force_locale(language):
        return source.render(
            language=language, day=day, span=span, number=number, percent=percent, country=country, **facts
        )


def day(moment: date) -> str:
    """31. Dezember 2026 / December 31, 2026."""
    return str(format_date(moment, "long"))


def span(begins: date, ends: date) -> str:
    """1.–30. November 2026; what both days share is said once."""
    return str(format_interval(begins, ends, "yMMMMd", locale=get_locale()))


def number(value: Decimal | int) -> str:
    """All digits that were given, no trailing zeros, a true minus: 0.150 -> 0,15, -3 -> −3."""
    written = format_decimal(value, "#,##0.#", locale=get_locale() or "de", decimal_quantization=False)
    return str(written).replace("-", "−")


def percent(basis_points: int) -> str:
    """1900 -> 19 %, 550 -> 5,5 %."""
    return f"{number(Decimal(basis_points) / 100)} %"


def country(company: Company) -> str:
    """The country's name in the paper's language."""
    locale = get_locale() or Locale("de")
    return str(locale.territories.get(company.country, company.country))


def renderer() -> ModuleType:
    """WeasyPrint. Raises Conflict `papers_missing` when it or the Pango it draws letters with is not there."""
    try:
        import weasyprint
    except (ImportError, OSError) as missing:  # OSError: the wheel is there, Debian's libpango is not
        raise Conflict("papers_missing", needs="weasyprint") from missing
    return weasyprint
