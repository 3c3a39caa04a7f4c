package dev.loadline;

/**
 * The jar's entry. Compiled for Java 8 so that any Java in use can load it and say in one sentence what is
 * needed, instead of dying with a class-version error.
 */
public final class Main {
    private static final int NEEDED = 25;

    private Main() {}

    public static void main(String[] args) throws Exception {
        int found = feature(System.getProperty("java.specification.version"));
        if (found < NEEDED) {
            System.err.println(
                    "Loadline needs Java " + NEEDED + " or newer, but this is Java " + found + " ("
                            + System.getProperty("java.home") + ").");
            System.exit(2);
        }
        Class.forName("dev.loadline.app.Cli")
                .getMethod("main", String[].class)
                .invoke(null, (Object) args);
    }

    private static int feature(String version) {
        String[] parts = version.split("\\.");
        int first = Integer.parseInt(parts[0]);
        return first == 1 ? Integer.parseInt(parts[1]) : first;
    }
}
