package dev.loadline.app.settings;

import java.nio.file.Path;

/**
 * Where the server's certificate and its key are, as PEM.
 *
 * @param certificate the server's own first, then those that vouch for it
 */
public record TlsSettings(Path certificate, Path key) {}
