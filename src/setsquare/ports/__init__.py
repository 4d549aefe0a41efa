"""States what the core needs from the world, one Protocol a file.

Main types: `Files`, `Git`, `Checkpoints`, `LanguageModel`, `Sandbox`, `Approver`, `Trust`, `Journal`, `Clock`.
Not here: any implementation (adapters).
"""
