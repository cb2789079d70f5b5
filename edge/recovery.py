"""A stored state of another version is made anew from the journal, as far back as that reaches."""

from __future__ import annotations

import logging
from typing import Final

from edge.contract.errors import VitalwardError
from edge.pipeline.ward import Ward
from edge.storage.journal import Journal

log = logging.getLogger(__name__)

AT_ONCE: Final = 512


def make_state_anew(ward: Ward, journal: Journal, cursor: int) -> None:
    """Have an empty ward take the journal up to `cursor`; what was decided then is not said again."""
    log.warning("the stored state is of another version: it is made anew from the journal")
    journal_id = taken = left_out = 0
    while journal_id < cursor and (entries := journal.after(journal_id, AT_ONCE)):
        for journal_id, entry in entries:
            if journal_id > cursor:
                break
            try:
                ward.take(entry)
                taken += 1
            except VitalwardError:
                # That version let in what this one does not know.
                left_out += 1
    ward.counters.clear()
    ward.records.clear()
    ward.changed.update(ward.wearers)
    log.info("%d wearers from %d messages, %d left out", len(ward.wearers), taken, left_out)
