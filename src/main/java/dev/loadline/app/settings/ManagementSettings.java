package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

/**
 * Where health and metrics are served beside the other doors, to whoever can connect.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 0: any free one
 */
public record ManagementSettings(String host, int port) {
    public ManagementSettings {
        require(!host.isBlank(), "server.management.host must not be empty");
        require(port >= 0 && port <= 65_535, "server.management.port must be 0..65535");
    }
}
