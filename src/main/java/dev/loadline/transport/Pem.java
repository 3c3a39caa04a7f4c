package dev.loadline.transport;

import dev.loadline.transport.TlsFault.Part;

import io.vertx.core.VertxException;
import io.vertx.core.net.impl.pkcs1.PrivateKeyParser;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys as text, in the forms that certificate authorities' tools write.
 */
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private static final String HOW_TO_CONVERT = "; convert it: openssl pkey -in OLD -out NEW";

    private Pem() {}

    private record Block(String name, String base64) {
        byte[] content(Part part) throws TlsFault {
            try {
                return Base64.getMimeDecoder().decode(base64.strip());
            } catch (IllegalArgumentException garbage) {
                throw new TlsFault(part, "is damaged: its " + name + " is not base64");
            }
        }
    }

    private static List<Block> blocks(String text) {
        List<Block> blocks = new ArrayList<>();
        for (Matcher found = BLOCK.matcher(text); found.find(); ) {
            blocks.add(new Block(found.group(1), found.group(2)));
        }
        return blocks;
    }

    /** All certificates, in the file's order; at least one. */
    static List<X509Certificate> certificates(String text) throws TlsFault {
        List<X509Certificate> chain = new ArrayList<>();
        for (Block block : blocks(text)) {
            if (block.name().equals("CERTIFICATE"))
                chain.add(certificate(block.content(Part.CERTIFICATE)));
        }
        if (chain.isEmpty()) {
            throw new TlsFault(
                    Part.CERTIFICATE,
                    "has no certificate in it; it must be PEM, -----BEGIN CERTIFICATE----- …");
        }
        return chain;
    }

    private static X509Certificate certificate(byte[] content) throws TlsFault {
        try {
            var made =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(content));
            if (made instanceof X509Certificate certificate) return certificate;
            throw noCertificate();
        } catch (CertificateException garbage) {
            throw noCertificate();
        }
    }

    private static TlsFault noCertificate() {
        return new TlsFault(Part.CERTIFICATE, "is damaged: what it holds is no X.509 certificate");
    }

    /** The first private key of a file: PKCS#8, or the older forms of RSA and EC keys. */
    static PrivateKey key(String text) throws TlsFault {
        for (Block block : blocks(text)) {
            switch (block.name()) {
                case "PRIVATE KEY" -> {
                    return pkcs8(block.content(Part.KEY));
                }
                case "RSA PRIVATE KEY" -> {
                    if (text.contains("ENCRYPTED")) throw encrypted();
                    return older("RSA", block.content(Part.KEY));
                }
                case "EC PRIVATE KEY" -> {
                    if (text.contains("ENCRYPTED")) throw encrypted();
                    return older("EC", block.content(Part.KEY));
                }
                case "ENCRYPTED PRIVATE KEY" -> throw encrypted();
                default -> {} // curve parameters, or certificates in the same file
            }
        }
        if (text.contains("ENCRYPTED")) throw encrypted();
        throw new TlsFault(
                Part.KEY,
                "has no private key in it; it must be PEM, -----BEGIN PRIVATE KEY----- …");
    }

    private static TlsFault encrypted() {
        return new TlsFault(
                Part.KEY,
                "is encrypted, and nobody is there to type its password" + HOW_TO_CONVERT);
    }

    private static PrivateKey pkcs8(byte[] content) throws TlsFault {
        var spec = new PKCS8EncodedKeySpec(content);
        PrivateKey key = generated("RSA", spec);
        if (key == null) key = generated("EC", spec);
        if (key != null) return key;
        throw new TlsFault(Part.KEY, "is damaged, or no RSA or EC key, which are what is served");
    }

    /** Null if it is none of these. */
    private static @Nullable PrivateKey generated(String algorithm, KeySpec spec) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException another) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrivateKey older(String algorithm, byte[] content) throws TlsFault {
        try {
            KeySpec spec =
                    algorithm.equals("RSA")
                            ? PrivateKeyParser.getRSAKeySpec(content)
                            : PrivateKeyParser.getECKeySpec(content);
            return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (VertxException | GeneralSecurityException | IndexOutOfBoundsException garbage) {
            throw new TlsFault(Part.KEY, "is damaged, or in an unusual form" + HOW_TO_CONVERT);
        }
    }
}
