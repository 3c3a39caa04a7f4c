package dev.loadline.transport;

/** Why a certificate and a key can't be served, in words for the operator, with the fix. */
public final class TlsFault extends Exception {
    private static final long serialVersionUID = 1L;

    /** Which of the two files is to be mended. */
    public enum Part {
        CERTIFICATE,
        KEY
    }

    private final Part part;
    private final String words;

    TlsFault(Part part, String message) {
        super(message);
        this.part = part;
        this.words = message;
    }

    /** What is wrong with the file, as it goes on after its name. */
    public String words() {
        return words;
    }

    public Part part() {
        return part;
    }
}
