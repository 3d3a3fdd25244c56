"""What each program that draws with adapters makes of their names: data, one file for each program.

What was run or read, and in which version, stands beside each rule. Where no rule speaks, nothing is known.
"""

from __future__ import annotations

from lora_studio.weights.programs.a1111 import A1111
from lora_studio.weights.programs.comfyui import COMFYUI
from lora_studio.weights.programs.diffusers import DIFFUSERS
from lora_studio.weights.programs.forge import FORGE
from lora_studio.weights.programs.invokeai import INVOKEAI
from lora_studio.weights.programs.kohya import KOHYA

PROGRAMS = (COMFYUI, A1111, FORGE, INVOKEAI, KOHYA, DIFFUSERS)
