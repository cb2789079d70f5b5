"""What all pages share: their style, by day, by night and on paper, and their frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

DAY: Final = """--ink: #1f2933; --faint: #62707d; --paper: #ffffff; --rule: #d9dfe5;
  --rate: #0b6fae; --usual: #cfe5f4; --nrem: #2a5d9f; --rem: #c2570c; --wake: #9aa5b1;
  --alarm: #b42318; --technical: #8a94a0; --l0: #e3f3e6; --l1: #fbf3cf; --l2: #fbe0c4; --l3: #f6cfcb;"""
NIGHT: Final = """--ink: #e6eaee; --faint: #a3afba; --paper: #14191e; --rule: #36404a;
  --rate: #6cb9ec; --usual: #1f3f55; --nrem: #7fb0ec; --rem: #f2a25c; --wake: #6d7883;
  --alarm: #ff8a7d; --technical: #8a94a0; --l0: #1c3324; --l1: #3a3516; --l2: #43301a; --l3: #47231f;"""
STYLE: Final = (
    f"""
:root {{ {DAY} color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{ :root {{ {NIGHT} }} }}
@media print {{ :root {{ {DAY} }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }} section {{ break-inside: avoid; }} }}
"""
    + """
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; font-size: 1.6rem; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 .3rem; }
p { margin: .4rem 0; }
.lead { font-size: 1.1rem; }
.faint { color: var(--faint); font-size: .9rem; }
svg { width: 100%; height: auto; display: block; }
/* On a narrow screen a picture is moved sideways rather than made too small to read. */
.wide { overflow-x: auto; }
.wide svg { min-width: 40rem; }
svg text { font: 12px system-ui, sans-serif; fill: var(--faint); }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; }
th { font-weight: 400; color: var(--faint); white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); stroke-width: 1; }
.rate, .whisker { fill: none; stroke: var(--rate); stroke-width: 2; }
.whisker { stroke-width: 1; opacity: .45; }
.usual { fill: var(--usual); }
.nrem { fill: var(--nrem); }
.rem { fill: var(--rem); }
.wake { fill: var(--wake); }
.alarm { fill: var(--alarm); }
.technical { fill: var(--technical); }
.reading { fill: var(--ink); }
.level-0 { fill: var(--l0); }
.level-1 { fill: var(--l1); }
.level-2 { fill: var(--l2); }
.level-3 { fill: var(--l3); }
"""
)
NOT_A_DEVICE: Final = (
    "Vitalward is not a medical device, and nothing here is a diagnosis. This page was made on your own "
    "gateway from what it keeps."
)


def page(title: str, subtitle: str, lead: str, sections: Sequence[str]) -> str:
    """The whole page, as one file."""
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1><p class='faint'>{escape(subtitle)}</p>"
        f"<p class='lead'>{escape(lead)}</p>{''.join(sections)}<p class='faint'>{NOT_A_DEVICE}</p>"
        "</body></html>\n"
    )


def section(heading: str, pictures: Sequence[str], words: Sequence[str] = ()) -> str:
    """Charts below a heading, and what they show in words."""
    told = "".join(f"<p class='faint'>{escape(text)}</p>" for text in words)
    return f"<section><h2>{escape(heading)}</h2>{''.join(pictures)}{told}</section>"


def facts(rows: Mapping[str, str]) -> str:
    """A small table of names and values."""
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items()
    )
    return f"<table>{cells}</table>"
