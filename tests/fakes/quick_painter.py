"""Stands in for the drawing program: `quick_painter.py LOG SHADE` paints each picture at once, or acts out a mishap.

A picture of the base alone is black, one with an adapter of the grey SHADE. `wait` never ends, `refuse` tells a problem
and `crash` ends without a word. Every order is added to LOG as a line.
"""

import json
import os
import sys
import time
from pathlib import Path

from PIL import Image

log, shade = sys.argv[1:]
order = json.load(sys.stdin)
with Path(log).open("a") as lines:
    lines.write(json.dumps(order) + "\n")
if shade == "wait":
    time.sleep(60)
if shade == "crash":
    os._exit(3)
if shade == "refuse":
    told = {"code": "out_of_memory", "title": "The card is full.", "detail": "", "hint": ""}
    print(json.dumps({"error": told, "exit_code": 20}))
    sys.exit(20)
for path in order["out_paths"]:
    grey = int(shade) if order["adapters"] else 0
    Image.new("RGB", (order["size_px"], order["size_px"]), (grey, grey, grey)).save(path)
print(json.dumps({"pictures": order["out_paths"]}))
