import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Formats the sources (write) or fails when one is not formatted (check). Run by Maven with the toolchain's java. */
class Format {
    public static void main(String[] args) throws Exception {
        boolean write = args[0].equals("write");
        var style = JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.AOSP).build();
        var formatter = new Formatter(style);
        List<Path> off = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            Path root = Path.of(args[i]);
            if (!Files.isDirectory(root)) continue;
            try (var files = Files.walk(root)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    String before = Files.readString(file);
                    String after = formatter.formatSource(
                            ImportOrderer.reorderImports(
                                    RemoveUnusedImports.removeUnusedImports(before), JavaFormatterOptions.Style.AOSP));
                    if (before.equals(after)) continue;
                    off.add(file);
                    if (write) Files.writeString(file, after);
                }
            }
        }
        if (write || off.isEmpty()) return;
        off.forEach(file -> System.err.println("not formatted: " + file));
        System.err.println("Format them with: mvn -q validate -Dformat=write");
        System.exit(1);
    }
}
