"""The recordings with beats that the rhythm model is trained or tested on, all from PhysioNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class BeatDataset:
    """A folder of records in PhysioNet's layout.

    `beats` and `rhythms` are the extensions of the annotation files. Beats without a rhythm label count as
    `unlabelled`, and do not count where it is None; `assumed` says what is assumed by that.
    """

    name: str
    title: str
    beats: str
    rhythms: str | None
    licence: str
    citation: str
    doi: str
    unlabelled: str | None = None
    assumed: str | None = None

    @property
    def url(self) -> str:
        """Where to get it."""
        return f"https://doi.org/{self.doi}"


# The rhythm label of beats that are known, or assumed, to be in no atrial fibrillation.
NOT_AF: Final = "N"
ODC_BY: Final = "ODC-BY 1.0"
PHYSIONET: Final = (
    "Goldberger AL et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23):e215-e220 (2000)"
)

BEAT_DATASETS: Final = {
    dataset.name: dataset
    for dataset in (
        BeatDataset(
            name="ltafdb",
            title="Long-Term AF Database",
            beats="atr",
            rhythms="atr",
            licence=ODC_BY,
            citation="Petrutiu S, Sahakian AV, Swiryn S. Abrupt changes in fibrillatory wave characteristics "
            "at the termination of paroxysmal atrial fibrillation in humans. Europace 9:466-470 (2007). "
            f"{PHYSIONET}",
            doi="10.13026/C2QG6Q",
        ),
        BeatDataset(
            name="afdb",
            title="MIT-BIH Atrial Fibrillation Database",
            beats="qrs",
            rhythms="atr",
            licence=ODC_BY,
            citation="Moody GB, Mark RG. A new method for detecting atrial fibrillation using R-R intervals. "
            f"Computers in Cardiology 10:227-230 (1983). {PHYSIONET}",
            doi="10.13026/C2MW2D",
        ),
        BeatDataset(
            name="mitdb",
            title="MIT-BIH Arrhythmia Database",
            beats="atr",
            rhythms="atr",
            licence=ODC_BY,
            citation="Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database. "
            f"IEEE Eng in Med and Biol 20(3):45-50 (2001). {PHYSIONET}",
            doi="10.13026/C2F305",
        ),
        BeatDataset(
            name="ltdb",
            title="MIT-BIH Long-Term ECG Database",
            beats="atr",
            rhythms="atr",
            unlabelled=NOT_AF,
            assumed="beats without a rhythm label count as not AF: sp is a bound from below",
            licence=ODC_BY,
            citation=PHYSIONET,
            doi="10.13026/C2KS3F",
        ),
        BeatDataset(
            name="nsr2db",
            title="Normal Sinus Rhythm RR Interval Database",
            beats="ecg",
            rhythms=None,
            unlabelled=NOT_AF,
            assumed="subjects without atrial fibrillation",
            licence=ODC_BY,
            citation=PHYSIONET,
            doi="10.13026/C2S881",
        ),
        BeatDataset(
            name="chf2db",
            title="Congestive Heart Failure RR Interval Database",
            beats="ecg",
            rhythms=None,
            unlabelled=NOT_AF,
            assumed="subjects without atrial fibrillation",
            licence=ODC_BY,
            citation=PHYSIONET,
            doi="10.13026/C2F598",
        ),
    )
}
