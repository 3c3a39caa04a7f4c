package dev.loadline.transport;

import dev.loadline.transport.TlsFault.Part;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * What a TLS server proves itself with: its certificate, those that vouch for it, and the key that
 * belongs to it. Immutable.
 */
public final class TlsIdentity {
    private static final int BYTES_MAX = 1 << 20;
    private static final byte[] PROBE = "fits".getBytes(StandardCharsets.US_ASCII);

    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final String fingerprint;

    private TlsIdentity(List<X509Certificate> chain, PrivateKey key, String fingerprint) {
        this.chain = List.copyOf(chain);
        this.key = key;
        this.fingerprint = fingerprint;
    }

    /**
     * Reads PEM files and makes sure that they belong together; an expired certificate is read like
     * any other. Blocks on the disk.
     *
     * @param certificate the server's own certificate first, then those that vouch for it
     */
    public static TlsIdentity read(Path certificate, Path key) throws TlsFault {
        String certificateText = text(certificate, Part.CERTIFICATE);
        String keyText = text(key, Part.KEY);
        List<X509Certificate> chain = Pem.certificates(certificateText);
        PrivateKey secret = Pem.key(keyText);
        if (!fits(chain.getFirst(), secret)) {
            boolean another = chain.stream().anyMatch(each -> fits(each, secret));
            if (another) {
                throw new TlsFault(
                        Part.CERTIFICATE, "must begin with the server's own certificate");
            }
            throw new TlsFault(
                    Part.KEY, "does not belong to the certificate " + name(chain.getFirst()));
        }
        return new TlsIdentity(chain, secret, fingerprint(certificateText, keyText));
    }

    private static String text(Path file, Part part) throws TlsFault {
        try {
            if (Files.size(file) > BYTES_MAX) throw new TlsFault(part, "is larger than 1MiB");
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException missing) {
            throw new TlsFault(part, "there is no file " + file);
        } catch (AccessDeniedException denied) {
            throw new TlsFault(
                    part, "the server's user may not read " + file + ", change its owner or mode");
        } catch (IOException unreadable) {
            throw new TlsFault(part, file + " can't be read, is it a file?");
        }
    }

    private static boolean fits(X509Certificate certificate, PrivateKey key) {
        if (!certificate.getPublicKey().getAlgorithm().equals(key.getAlgorithm())) return false;
        try {
            String algorithm = "SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA");
            Signature made = Signature.getInstance(algorithm);
            made.initSign(key);
            made.update(PROBE);
            byte[] signature = made.sign();
            Signature checked = Signature.getInstance(algorithm);
            checked.initVerify(certificate.getPublicKey());
            checked.update(PROBE);
            return checked.verify(signature);
        } catch (GeneralSecurityException itDoesNot) {
            return false;
        }
    }

    private static String fingerprint(String... texts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String text : texts) {
                digest.update(text.getBytes(StandardCharsets.ISO_8859_1));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    List<X509Certificate> chain() {
        return chain;
    }

    PrivateKey key() {
        return key;
    }

    /** The same for the same two files' contents. */
    public String fingerprint() {
        return fingerprint;
    }

    /** Whom the certificate is of, as it says. */
    public String name() {
        return name(chain.getFirst());
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    /** The moment from which on clients refuse it, or one of those that vouch for it. */
    public Instant expires() {
        return chain.stream()
                .map(each -> each.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }
}
