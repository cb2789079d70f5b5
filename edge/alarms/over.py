"""Which alarms were over last: a broker that went back to an older state of its own may show them still."""

from __future__ import annotations

from edge.ends import AlarmNow, AlarmOver, Said
from edge.wearer.board import Board

# A topic is remembered once, however often it comes and goes: so many are all of most wearers.
REMEMBERED_OVER = 32


def note_over(board: Board, said: Said) -> None:
    """Remember which alarms ended of those that something was said of, and forget those that are back."""
    for message in said:
        match message:
            case AlarmOver(condition, subject):
                board.over = [*_without(board, condition, subject), (condition, subject)][-REMEMBERED_OVER:]
            case AlarmNow(subject, status):
                board.over = _without(board, status.condition, subject)
            case _:
                pass


def _without(board: Board, condition: str, subject: str) -> list[tuple[str, str]]:
    return [one for one in board.over if one != (condition, subject)]
