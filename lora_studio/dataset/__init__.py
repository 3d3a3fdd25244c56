"""What a folder of pictures holds: files, captions, sizes, findings, and how each picture will be cropped."""
