"""Closing a clip for its recipient alone: cards, weekly keys, seals, padding, and the recipient's signed words."""

from keepmum.seal.card import Card
from keepmum.seal.envelope import OVERHEAD, Label, Opened, label_of, open_seal, seal
from keepmum.seal.epoch import WEEK, ends, epoch_of
from keepmum.seal.keys import Keys
from keepmum.seal.padding import BUCKETS, LARGEST, SOUND_BUCKET, TEXT_BUCKET, bucket_of, padded, unpadded
from keepmum.seal.recipient import PURPOSES, EpochKey
from keepmum.seal.words import Destroyed, check_deleted, check_stored, sign_deleted, sign_stored

__all__ = [
    "BUCKETS",
    "LARGEST",
    "OVERHEAD",
    "PURPOSES",
    "SOUND_BUCKET",
    "TEXT_BUCKET",
    "WEEK",
    "Card",
    "Destroyed",
    "EpochKey",
    "Keys",
    "Label",
    "Opened",
    "bucket_of",
    "check_deleted",
    "check_stored",
    "ends",
    "epoch_of",
    "label_of",
    "open_seal",
    "padded",
    "seal",
    "sign_deleted",
    "sign_stored",
    "unpadded",
]
