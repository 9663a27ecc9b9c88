"""Rules that raise a need: danger, and a deadline of the customer's own. They fail safe: a rule never lowers one."""
