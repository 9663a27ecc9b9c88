"""The audit's pages: for staff in one sentence, for auditors in full, and for everyone where that is switched on."""
