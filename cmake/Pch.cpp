// Exists so that one target owns the shared precompiled header (Pch.h).
