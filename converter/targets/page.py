"""docs/targets.md: every bundle under every target, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from converter.targets.run import Result

HEAD: Final = """\
# Targets

The same bundles and the same golden vectors under every runtime and processor at hand. `scripts/targets`
makes this page; times are of one call on the machine that made it, so compare them within the page only.

- **ai-edge-litert** is the maintained runtime. Its reference kernels are those the edge uses: they give the
  same bytes on every processor. The optimised ones and XNNPACK, its own choice, are faster and round some
  layers their own way.
- **tflite-runtime 2.14** is what 32-bit boards have. It is older and rounds a layer here and there otherwise.
- **tflite-micro** has the microcontroller's kernels; it runs the model with int8 ends, as
  `vitalward bundle export-c` writes it. The arena is the working memory it asks for.
- **aarch64** is a 64-bit Raspberry Pi, emulated by `scripts/aarch64`; times there would say nothing.

An LSB is one int8 step of an output. "Equal" tells how many outputs are the same.

"""
COLUMNS: Final = ("bundle", "target", "verdict", "equal", "p50", "p99", "arena")


def page(results: Sequence[Result]) -> str:
    """The page as Markdown."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *map(_row, results)]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.bundle,
        result.target,
        result.verdict,
        "-" if result.equal_percent is None else f"{result.equal_percent:g} %",
        _us(result.p50_us),
        _us(result.p99_us),
        "-" if result.arena_bytes is None else f"{result.arena_bytes} B",
    )


def _us(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} us"
