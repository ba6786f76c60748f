"""Words to an intent, by the sentence templates that also tell Vosk what it may hear."""
