"""The public registry of the French pôles territoriaux de coopération économique (PTCE)."""
