package dev.loadline.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.HexFormat;

/** When two texts count as the same message: after NFC and trim. */
final class SameText {
    private SameText() {}

    static String normal(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC).strip();
    }

    /** SHA-256 of a normal text, in hex. */
    static String hash(String normal) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(normal.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
