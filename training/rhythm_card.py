"""The text of the rhythm bundle's card; its figures are added when it is packed."""

from __future__ import annotations

from typing import Final

RHYTHM_CARD: Final = """\
# rhythm: irregular rhythm that looks like atrial fibrillation

**What it does.** From 64 RR intervals in a row it gives the probability that most of these beats are in
atrial fibrillation (AF). It abstains when too many of the intervals cannot be real, or stand beside one
so short.

**What it is not.** Not a medical device and not a diagnosis. It sees the times of heartbeats, not an ECG.
Not for starting, changing or stopping a treatment, nor for ruling AF out.

**Learned from** 84 persons with paroxysmal or persistent AF (Long-Term AF Database, 24 to 25 h each) and
50 nights without AF (Apnea-ECG's learning half, whose nights may share a person, and MIT-BIH
Polysomnographic). A fifth of each was held out for the calibration; AF is called from a probability of
0.5 on. Eight networks learned from the labels, this one from what the eight answer together.
Left out: beats without a rhythm label, stretches neither AF nor sinus rhythm inside ongoing AF, and AF
that is regular (flutter has no label in these data). Added at random: missed and extra beats, timing
errors, coarse sampling down to 25 Hz, premature beats and runs of them, breathing, changes of rate, less
irregular AF, and simulated flutter, which is not AF.

**What AFDB had a say in.** Its figures were looked at 13 times, for ten recipes. Neither weights nor
calibration come from it, but two choices do in part: simulated flutter was kept after it had shown there
that it helps, and a threshold of 0.5 was chosen when figures at several had been seen.

**Limits**
- Flutter with changing block, frequent premature beats and multifocal atrial tachycardia can look like
  AF; flutter with fixed block, AF with a pacemaker or complete block look regular.
- An episode shorter than about 30 beats is not seen: it is never the majority of a window.
- Children and paced hearts are not among them. Age and sex are not recorded: no figures by subgroup.
- Beat times came from ECG. Pulse from a wrist misses beats and adds some; then it abstains.
- Timing errors up to 25 ms (SD) were learned; at 20 ms the specificity on AFDB is 94.6 %, beyond lower.
"""
