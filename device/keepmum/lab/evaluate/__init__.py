"""What left under each policy, in figures with intervals: the same wakes for all of them, so differences are paired."""
