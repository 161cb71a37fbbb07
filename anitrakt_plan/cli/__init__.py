"""The command line: options, prompts, output and exit codes."""
