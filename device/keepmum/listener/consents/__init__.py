"""What was agreed to, on paper: who this speaker is, what it can ask for, the notices, and a signed receipt each time.

`identity` is the one secret of the device, `notice` what is said before anybody agrees, `offered` all terms that can be
agreed to, `receipt` one paper, `slip` its short form for a QR code, `receipts` the folder of them, and `agreements` is
how the listener opens it all at once.
"""
