"""Whatever turns a plan and context into edits: one module or package per engine."""
