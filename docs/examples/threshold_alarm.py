"""An alarm as many a flow has it: a value beyond its limit is an alarm, and one within it ends it.

python threshold_alarm.py HOST PORT [PREFIX]
"""

import json
import sys

import paho.mqtt.client as mqtt

USAGE = "usage: python threshold_alarm.py HOST PORT [PREFIX]\n"
LIMITS = {"hr": ("hr", 50, 100), "bp": ("systolic", 90, 180)}
if not 3 <= len(sys.argv) <= 4 or not sys.argv[2].isdecimal():
    sys.stderr.write(USAGE)
    sys.exit(2)
prefix = sys.argv[3] if len(sys.argv) > 3 else "vitalward"
is_on: dict[str, bool] = {}


def on_message(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
    """Compare each value with its limits; tell when an alarm goes on or off."""
    wearer, _device, signal = message.topic.split("/")[3:6]
    column, low, high = LIMITS[signal]
    batch = json.loads(message.payload)
    for at_s, value in zip(batch["times_s"], batch["values"][column], strict=True):
        for alarm, is_beyond in ((f"{signal} high", value > high), (f"{signal} low", value < low)):
            if is_beyond != is_on.get(f"{wearer} {alarm}", False):
                is_on[f"{wearer} {alarm}"] = is_beyond
                told = {"alarm": alarm, "state": "on" if is_beyond else "off", "time": at_s}
                client.publish(f"flow/alarms/{wearer}", json.dumps(told), qos=1)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.on_message = on_message
client.connect(sys.argv[1], int(sys.argv[2]))
client.subscribe([(f"{prefix}/v1/samples/+/+/{signal}", 1) for signal in LIMITS])
client.loop_forever()
