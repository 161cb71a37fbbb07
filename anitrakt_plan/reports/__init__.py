"""What happened, as lines, JSON and Markdown; nothing here reads or sends."""
