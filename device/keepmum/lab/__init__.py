"""The lab: what would have left a home under each policy, for researchers. No process of the speaker imports it.

Policies are files (`config/policies/*.yaml`), one pure function plans what leaves, and everything made from it says
whether it is simulated or measured.
"""
