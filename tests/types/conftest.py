"""What pyright reads is not run."""

collect_ignore = ["user_script.py"]
