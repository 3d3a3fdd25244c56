"""Independent judges: does an adapter teach the style or the character, and what else does it move?"""
