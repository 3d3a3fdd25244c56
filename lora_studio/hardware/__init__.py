"""What the computer has: graphics card, memory, disk. Never torch."""
