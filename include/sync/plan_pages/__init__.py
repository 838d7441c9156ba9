"""What a person sees of a plan before approving it: counts and money, one page, one table (rules 1.4)."""
