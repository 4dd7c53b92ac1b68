"""`<say-as>`: figures and letters as the words that a voice shall say, in its language."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cache

_ORDINALS = frozenset(
    [
        "az", "be", "ca", "cy", "da", "de", "en", "eo", "es", "fi", "fr", "he", "hu", "id",
        "it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sl", "sv", "tr", "uk",
    ]
)  # fmt: skip
"""Languages whose ordinal numbers num2words was seen to form; for others it raises, or gives the cardinal."""

_NUM2WORDS = {"nb": "no"}

_LETTER_NAMES = {"en": {"a": "A."}}
""" "a" alone would be read as the article; with a stop it is the letter."""

_UNITS = {
    "%": "concentr-percent", "mm": "length-millimeter", "cm": "length-centimeter", "m": "length-meter",
    "km": "length-kilometer", "in": "length-inch", "ft": "length-foot", "foot": "length-foot", "yd": "length-yard",
    "mi": "length-mile", "mg": "mass-milligram", "g": "mass-gram", "kg": "mass-kilogram", "lb": "mass-pound",
    "lbs": "mass-pound", "oz": "mass-ounce", "t": "mass-tonne", "ml": "volume-milliliter", "l": "volume-liter",
    "gal": "volume-gallon", "ms": "duration-millisecond", "s": "duration-second", "sec": "duration-second",
    "min": "duration-minute", "h": "duration-hour", "hr": "duration-hour", "d": "duration-day",
    "km/h": "speed-kilometer-per-hour", "mph": "speed-mile-per-hour", "m/s": "speed-meter-per-second",
    "°c": "temperature-celsius", "°f": "temperature-fahrenheit", "hz": "frequency-hertz", "khz": "frequency-kilohertz",
    "mhz": "frequency-megahertz", "ghz": "frequency-gigahertz", "w": "power-watt", "kw": "power-kilowatt",
    "kwh": "energy-kilowatt-hour", "v": "electric-volt", "kb": "digital-kilobyte", "mb": "digital-megabyte",
    "gb": "digital-gigabyte", "tb": "digital-terabyte", "m2": "area-square-meter", "km2": "area-square-kilometer",
}  # fmt: skip
"""How units are abbreviated -> their names in the Unicode CLDR, which has them in words."""

_ORDERS = ("dmy", "mdy", "ymd", "ydm", "dm", "md", "my", "ym", "d", "m", "y")
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "us$": "USD"}
_DIGITS = re.compile(r"\d")


def say_as(text: str, kind: str, form: str, language: str) -> str | None:
    """`text` read as `kind` ("digits", "date" with a `form` such as "dmy") in the words of `language` (BCP 47).

    None when that kind is unknown or the text does not look like it: then it is said as it is written.
    """
    reader = _KINDS.get(kind)
    return reader(text.strip(), form, language) if reader and text.strip() else None


def _characters(text: str, _form: str, language: str) -> str:
    names = _LETTER_NAMES.get(language.partition("-")[0], {})
    signs = (names.get(sign.casefold(), sign.upper()) for sign in text if not sign.isspace())
    return " ".join(signs)


def _digits(text: str, _form: str, _language: str) -> str | None:
    return " ".join(text.replace(" ", "")) if _DIGITS.search(text) else None


def _cardinal(text: str, _form: str, language: str) -> str | None:
    """The bare number, which every voice reads as one: groups of three joined, no zeros in front."""
    from babel.numbers import NumberFormatError, get_decimal_symbol, parse_decimal

    try:
        number = parse_decimal(text.replace(" ", ""), locale=_locale(language))
    except NumberFormatError:
        return None
    if not number.is_finite() or abs(number) >= 10**15:
        return None
    return f"{number:f}".replace(".", get_decimal_symbol(_locale(language)))


def _ordinal(text: str, _form: str, language: str) -> str | None:
    found = re.match(r"\d{1,9}", text)
    return _nth(int(found[0]), language) if found else None


def _nth(number: int, language: str) -> str | None:
    from num2words import num2words

    code = language.partition("-")[0]
    code = _NUM2WORDS.get(code, code)
    if code not in _ORDINALS:
        return None
    try:
        words: str = num2words(number, lang="pt_BR" if language == "pt-BR" else code, to="ordinal")
    except (LookupError, NotImplementedError, ArithmeticError, TypeError, ValueError):  # gaps in its tables
        return None
    return words.strip() or None


def _telephone(text: str, _form: str, _language: str) -> str | None:
    """Digit by digit, a short pause where the number is grouped."""
    groups = [group for group in re.split(r"[^\d+*#]+", text) if group]
    return ", ".join(" ".join(group) for group in groups).replace("+ ", "+") if groups else None


def _fraction(text: str, _form: str, language: str) -> str | None:
    found = re.fullmatch(r"(?:(\d{1,6})[\s+]+)?(\d{1,6})\s*[/\u2044]\s*(\d{1,6})", text)
    if found is None or not language.startswith("en"):
        return None
    whole, top, below = found[1], int(found[2]), int(found[3])
    name = {1: "over one", 2: "half", 4: "quarter"}.get(below) or (_nth(below, "en") or "")
    plural = {"half": "halves"}.get(name, f"{name}s") if top != 1 and below != 1 else name
    words = f"a {name}" if top == 1 and whole and below != 1 else f"{'one' if top == 1 else top} {plural}"
    return f"{whole} and {words}" if whole else words


def _unit(text: str, _form: str, language: str) -> str | None:
    from babel.units import UnknownUnitError, format_unit

    found = re.fullmatch(r"([+-]?\d{1,12}(?:[.,]\d{1,6})?)\s*(\D\S{0,5})", text)
    unit = _UNITS.get(found[2].casefold()) if found else None
    if found is None or unit is None:
        return None
    number = float(found[1].replace(",", "."))
    try:
        return format_unit(int(number) if number.is_integer() else number, unit, "long", locale=_locale(language))
    except UnknownUnitError:
        return None


def _currency(text: str, _form: str, language: str) -> str | None:
    from babel.numbers import format_currency

    found = re.fullmatch(r"([A-Za-z]{3}|us\$|[$€£¥₹₽₩])?\s*([\d.,' ]{1,20}?)\s*([A-Za-z]{3}|[$€£¥₹₽₩])?", text, re.I)
    sign = (found[1] or found[3] or "") if found else ""
    code = _CURRENCIES.get(sign.casefold(), sign.upper())
    if found is None or not code:
        return None
    amount = re.sub(r"[.,' ](?=\d{3}(?:\D|$))", "", found[2]).replace(",", ".")
    try:
        number = float(amount)
    except ValueError:
        return None
    whole = number.is_integer()
    return format_currency(
        number, code, format_type="name", locale=_locale(language), currency_digits=not whole,
        format="#0" if whole else "#0.00",
    )  # fmt: skip


def _time(text: str, _form: str, language: str) -> str | None:
    """A time of the day, or minutes and seconds as in 1'21"."""
    length = re.fullmatch(r"(?:(\d{1,4})')?\s*(?:(\d{1,4})(?:\"|''))?", text)
    if length and (length[1] or length[2]):
        named = ((length[1], "min"), (length[2], "s"))
        return " ".join(_unit(number + unit, "", language) or "" for number, unit in named if number)
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2}))?\s*([ap])?\.?\s*(?:m\.?)?", text, re.I)
    if found is None:
        return None
    half = f" {found[4].upper()}.M." if found[4] else ""
    if not language.startswith("en"):
        return f"{found[1]}:{found[2]}{half}" if found[2] else f"{found[1]}{half}"
    minutes = found[2] or "00"
    said = "" if minutes == "00" else f" oh {minutes[1]}" if minutes[0] == "0" else f" {int(minutes)}"
    if not said and not half:
        said = " o'clock" if 0 < int(found[1]) <= 12 else " hundred hours"
    return f"{int(found[1])}{said}{half}"


def _date(text: str, form: str, language: str) -> str | None:
    fields = re.findall(r"\d+|[^\W\d_]+", text)
    if len(fields) == 1 and re.fullmatch(r"[\d?]{8}", text):
        fields, form = [text[:4], text[4:6], text[6:]], "ymd"
    order = form if form in _ORDERS else _usual_order(fields, language)
    if len(fields) != len(order):
        return None
    given = dict(zip(order, fields, strict=True))
    month = _month(given.get("m", "1"), language)
    day, year = given.get("d", "1"), given.get("y", "2000")
    if month is None or not day.isdecimal() or not year.isdecimal() or len(year) > 4:
        return None
    century = 1900 if int(year) > 50 else 2000
    try:
        when = datetime.date(int(year) + (century if len(year) < 3 else 0), month, int(day))
    except ValueError:
        return None
    return _date_in_words(when, set(given), language)


def _usual_order(fields: list[str], language: str) -> str:
    if len(fields) == 3 and len(fields[0]) == 4:
        return "ymd"
    order = "mdy" if language == "en-US" else "dmy"
    return order if len(fields) == 3 else ""


def _month(field: str, language: str) -> int | None:
    """1 to 12 by number, or by the name in the language."""
    from babel.dates import get_month_names

    if field.isdecimal():
        return int(field) if 1 <= int(field) <= 12 else None
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=_locale(language)).items():
            if name.casefold().rstrip(".") == field.casefold():
                return int(number)
    return None


def _date_in_words(when: datetime.date, known: set[str], language: str) -> str:
    """Day, month and year as far as they are known, as people say them."""
    from babel.dates import format_skeleton, get_month_names

    tongue = language.partition("-")[0]
    month = get_month_names("wide", locale=_locale(language))[when.month]
    if known == {"y"}:
        return str(when.year)
    if "d" not in known:
        return month if known == {"m"} else f"{month} {when.year}"
    if tongue in ("en", "de"):
        day = _nth(when.day, "en") if tongue == "en" else (_nth(when.day, "de") or "") + "r"
        if known == {"d"}:
            return f"the {day}" if tongue == "en" else str(day)
        said = f"{month} {day}" if tongue == "en" else f"{day} {month}"
        comma = "," if tongue == "en" else ""
        return f"{said}{comma} {when.year}" if "y" in known else said
    skeleton = "".join({"d": "d", "m": "MMMM", "y": "y"}[field] for field in "ymd" if field in known)
    return format_skeleton(skeleton, when, locale=_locale(language)) if len(known) > 1 else str(when.day)


@cache
def _locale(language: str) -> str:
    """The locale of the Unicode CLDR for a language, English where it has none."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0]):
        try:
            return str(Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return "en"


_KINDS: dict[str, Callable[[str, str, str], str | None]] = {
    "characters": _characters,
    "character": _characters,
    "spell-out": _characters,
    "spell": _characters,
    "letters": _characters,
    "verbatim": _characters,
    "digits": _digits,
    "number_digit": _digits,
    "number": _cardinal,
    "cardinal": _cardinal,
    "ordinal": _ordinal,
    "telephone": _telephone,
    "date": _date,
    "time": _time,
    "duration": _time,
    "fraction": _fraction,
    "unit": _unit,
    "measure": _unit,
    "currency": _currency,
    "money": _currency,
}
