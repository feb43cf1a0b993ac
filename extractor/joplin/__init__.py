"""What Joplin wrote, read exactly as Joplin reads it: items, patches, histories, encryption. No I/O."""
