"""Check an alert with nothing but itself, the bundle it names, numpy and a TFLite interpreter.

python verify_alert.py ALERT.json [BUNDLE.vwb]

Exit code 0 if every check holds, 1 if one does not, 2 if none fails and not all could be made.
"""

import hashlib
import importlib
import json
import math
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np

USAGE = "usage: python verify_alert.py ALERT.json [BUNDLE.vwb]"
FORMAT = 1
RELATIONS = {
    "above": lambda value, bound: value > bound,
    "from": lambda value, bound: value >= bound,
    "below": lambda value, bound: value < bound,
    "up_to": lambda value, bound: value <= bound,
}
results = []


def refuse(what):
    """End with a line that says what cannot be checked, and how this is used."""
    sys.stderr.write(f"{what}\n{USAGE}\n")
    sys.exit(2 if all(results) else 1)


def check(what, holds):
    """Note and print one check."""
    results.append(bool(holds))
    sys.stdout.write(f"{'ok    ' if holds else 'WRONG '} {what}\n")


def is_met(threshold, value):
    """Whether a value meets a threshold."""
    return RELATIONS[threshold["relation"]](value, threshold["limit"])


def check_episode(alert):
    """The id is made of who, what, where and when, so none of these can be changed without it."""
    subjects = (alert["signal"], f"{alert['signal']}@{alert['device']}")
    keys = [
        f"{alert['wearer']}|{alert['mode']}|{alert['condition']}|{subject}|{round(alert['onset_s'] * 1000)}"
        for subject in subjects
    ]
    ids = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys]
    check("the id belongs to wearer, mode, condition, signal and onset", alert["id"] in ids)


def check_thresholds(alert, why):
    """What was held against the limits follows from the inputs, and meets them."""
    inputs = {item["quantity"]: item for item in why["inputs"]}
    met = [is_met(item, item["value"]) for item in why["thresholds"]]
    is_present = all(met) if why.get("needs") == "all" else any(met)
    if alert["phase"] == "start":
        check("the limits in force are met", not met or is_present)
    for item in why["thresholds"]:
        name = item["quantity"]
        if name in inputs:
            seen = inputs[name]
            check(f"{name} is the last of its values", item["value"] == seen["values"][-1])
            if alert["phase"] == "start" and "delay_s" in why:
                held = is_met(item, seen["least"]) and is_met(item, seen["greatest"])
                check(f"{name} met its limit all the time", held)
                # Where one value stands for the wait, the onset (which the id holds) says when that began.
                first_s = seen["first_s"] if seen["count"] > 1 else alert["onset_s"]
                lasted_s = alert["at_s"] - first_s
                check(f"and that for {why['delay_s']:g} s or more", lasted_s >= why["delay_s"])
        elif name.removeprefix("average_") in inputs:
            mean = np.mean(inputs[name.removeprefix("average_")]["values"])
            check(f"{name} is the mean of its values", math.isclose(item["value"], mean))


def check_evidence(alert, why):
    """What is told to people is what was held against the limits, to the decimals told."""
    evidence = alert["evidence"]
    told = evidence["values"]
    if "probability" in evidence:
        told = {**told, "probability": evidence["probability"]}
    for item in why["thresholds"]:
        # The mean of some readings is told under their name.
        name = item["quantity"].removeprefix("average_")
        if name in told:
            last_place = Decimal(str(told[name])).normalize().as_tuple().exponent
            step = 10.0 ** min(last_place, 0)
            check(f"{name} is told as it was", abs(told[name] - item["value"]) <= 0.5 * step + 1e-9)


def check_counterfactual(why):
    """At the bounds the limits would not be met, a little beyond each of them it would."""
    changes = {item["quantity"]: item for item in why["counterfactual"].get("changes", ())}
    mine = [item for item in why["thresholds"] if item["quantity"] in changes]
    others = [item for item in why["thresholds"] if item["quantity"] not in changes]
    if not mine:
        return

    def met(offset):
        found = []
        for item in mine:
            change = changes[item["quantity"]]
            side = -1 if change["relation"] in {"below", "up_to"} else 1
            found.append(is_met(item, change["bound"] + side * offset))
        return found

    # Where a model has to be sure as well, being less sure of it is enough.
    if "probability" not in why:
        within = met(1e-5) + [is_met(item, item["value"]) for item in others]
        is_present = all(within) if why.get("needs") == "all" else any(within)
        check("within the counterfactual the limits in force are not met", not is_present)
    # Of several changes each is needed, so beyond each there is a limit that is met.
    check("just beyond it each limit is met", all(met(-1e-5)))


def median(values):
    """The upper median of the last axis: of an even number the higher of the two in the middle."""
    return np.sort(values, axis=-1)[..., values.shape[-1] // 2]


def features(rr_ms):
    """The channels of the rhythm model by their names, from RR intervals in ms."""
    rr = np.fmin(np.fmax(rr_ms.astype(np.float32), 200.0), 3000.0)
    middle, places = median(rr), np.arange(len(rr))
    around = (places[:, None] + np.arange(-8, 9)).clip(0, len(rr) - 1)
    before = (places[:, None] + np.arange(-4, 1)).clip(0, len(rr) - 1)
    change = np.diff(rr, prepend=rr[0]) / middle
    bent = {
        "log_ratio_local": np.log(rr / median(rr[around])),
        "difference": change,
        "ratio_recent": rr / median(rr[before]) - 1.0,
        "sorted_change": np.sort(np.abs(change)),
        "sorted_ratio": np.log(np.sort(rr) / middle),
    }
    found = {name: np.arcsinh(np.float32(20.0) * channel).clip(-3.0, 3.0) for name, channel in bent.items()}
    return found | {"level": np.full(len(rr), 2.0 * np.log(middle / 800.0))}


def run(model, values):
    """What the model answers, with the reference kernels, which compute alike on every processor."""
    for name in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"):
        try:
            runtime = importlib.import_module(name)
            break
        except ImportError:
            continue
    else:
        refuse("no TFLite interpreter: pip install ai-edge-litert")
    kernels = runtime.OpResolverType.BUILTIN_REF
    interpreter = runtime.Interpreter(model_content=model, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    (put,), (get,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(put["index"], values.astype(np.float32).reshape(put["shape"]))
    interpreter.invoke()
    return interpreter.get_tensor(get["index"]).item()


def check_rhythm(alert, why, path):
    """The intervals in the alert, through the model in the bundle, give the probability in the alert."""
    is_named = hashlib.sha256(Path(path).read_bytes()).hexdigest() == why["model"]["sha256"]
    check("the bundle is the one named", is_named)
    if not is_named:
        # Another model says nothing of this alert.
        return
    with zipfile.ZipFile(path) as bundle:
        manifest, model = json.loads(bundle.read("manifest.json")), bundle.read("model.tflite")
    stream = manifest["stream"]
    rr_ms = np.array([np.nan if v is None else v for v in why["inputs"][0]["values"]])
    channels = features(rr_ms)
    logit = run(model, np.stack([channels[name] for name in stream["features"]], axis=-1))
    calibration = stream["calibration"]
    probability = 1.0 / (1.0 + math.exp(-(logit - calibration["bias"]) / calibration["temperature"]))
    told = why["probability"]["value"]
    check(f"the probability of these intervals is {probability:.6f}", abs(probability - told) < 1e-9)
    held = [item["value"] for item in why["thresholds"] if item["quantity"] == "probability"]
    check("it was held against the threshold", held == [told])
    if alert["phase"] == "start":
        check("it reaches the bundle's threshold", told >= stream["threshold"])
    votes = [vote["is_positive"] for vote in why["votes"]]
    needed = next(item for item in why["thresholds"] if item["quantity"] == "positive_windows")
    check(f"{sum(votes)} of {len(votes)} windows are positive", sum(votes) == needed["value"])
    reached = [vote["probability"] >= stream["threshold"] for vote in why["votes"]]
    check("each vote is as its probability", reached == votes)
    if "contributions" in why:
        moved = why["contributions"]
        check("the model's logit is the one told", abs(moved["logit"] - logit) < 1e-6)
        difference = moved["logit"] - moved["baseline_logit"]
        check("the contributions add up", abs(sum(moved["groups"].values()) - difference) < 1e-5)
        even = features(np.full(len(rr_ms), 800.0))
        baseline = run(model, np.stack([even[name] for name in stream["features"]], axis=-1))
        check("the baseline's logit is the one told", abs(moved["baseline_logit"] - baseline) < 1e-6)


def read_alert(path):
    """An alert that says why, in the format known here."""
    try:
        alert = json.loads(Path(path).read_bytes())
    except OSError as error:
        refuse(f"{path}: {error.strerror}")
    except (ValueError, RecursionError):
        refuse(f"{path}: not JSON; allowed: the payload of an alert")
    if not isinstance(alert, dict) or not isinstance(alert.get("why"), dict):
        refuse(f"{path}: no alert that says why; allowed: the payload of an alert with its key `why`")
    if alert["why"].get("format") != FORMAT:
        refuse(f"{path}: why.format is {alert['why'].get('format')!r}; allowed: {FORMAT}")
    return alert


def check_alert(alert, path):
    """All checks of one alert; `path` is the bundle's, None where none was given."""
    why = alert["why"]
    check_episode(alert)
    check_thresholds(alert, why)
    check_evidence(alert, why)
    if "counterfactual" in why:
        check_counterfactual(why)
    if alert["condition"] == "irregular_rhythm" and "probability" in why:
        if path is None:
            refuse(f"this alert needs the bundle {why['model']['bundle']}.vwb as well")
        check_rhythm(alert, why, path)


def main():
    """Check one alert."""
    if not 2 <= len(sys.argv) <= 3:
        refuse("an alert has to be named")
    alert = read_alert(sys.argv[1])
    try:
        check_alert(alert, sys.argv[2] if len(sys.argv) > 2 else None)
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
    except zipfile.BadZipFile:
        refuse(f"{sys.argv[2]}: no bundle")
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, StopIteration) as error:
        refuse(f"{sys.argv[1]}: a part of the alert is missing or of another kind: {error}")
    sys.exit(0 if all(results) else 1)


main()
