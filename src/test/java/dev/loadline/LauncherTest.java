package dev.loadline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Goal: the launcher picks a Java that is new enough, builds only when it must, and becomes that
 * Java. Method: the real script in a directory of its own, with small scripts that play Java and
 * Maven, and a PATH on which nothing else is.
 */
class LauncherTest {
    private static final List<String> TOOLS =
            List.of("sed", "head", "ls", "find", "dirname", "readlink", "mkdir", "touch", "cat");
    private static final FileTime OLD = FileTime.fromMillis(1_000_000_000_000L);
    private static final FileTime NEW = FileTime.fromMillis(1_100_000_000_000L);

    private static final String SAYS_ITS_PLACE = "#!/bin/sh\necho \"$0 $1\"\n";

    private record Ran(long pid, int code, String out, String err) {}

    @TempDir Path temp;
    private Path project;

    @BeforeEach
    void aProjectAndAnEmptyMachine() throws IOException {
        temp = temp.toRealPath();
        project = Files.createDirectories(temp.resolve("my project"));
        String script = Files.readString(Path.of("loadline"));
        String elsewhere = script.replaceFirst("(?m)^places=.*$", "places=" + temp + "/jvm");
        assertThat(elsewhere).as("places are one line").isNotEqualTo(script);
        executable(project.resolve("loadline"), elsewhere);
        write(project.resolve("pom.xml"), "", OLD);
        write(project.resolve("src/main/java/A.java"), "", OLD);
        ageDirectories();
        for (String tool : TOOLS)
            executable(
                    temp.resolve("tools").resolve(tool),
                    "#!/bin/sh\nexec %s \"$@\"\n".formatted(where(tool)));
        executable(
                temp.resolve("bin/mvn"),
                """
                #!/bin/sh
                echo "mvn $* in $(pwd) with $JAVA25_HOME on $JAVA_HOME"
                mkdir -p target && touch target/loadline-2-all.jar
                """);
    }

    @Test
    void java_home_is_taken_first() throws Exception {
        java("home", "25.0.1");
        java("jvm/other", "26");
        aJar(NEW);
        Ran ran = launch(Map.of("JAVA_HOME", temp + "/home"), "version");
        assertThat(ran.out()).contains(temp + "/home/bin/java");
    }

    @Test
    void a_java_home_that_is_too_old_is_passed_over_for_the_path() throws Exception {
        java("home", "17.0.2");
        Files.createSymbolicLink(temp.resolve("bin/java"), java("somewhere", "26-ea"));
        aJar(NEW);
        Ran ran = launch(Map.of("JAVA_HOME", temp + "/home"), "version");
        assertThat(ran.out()).contains(temp + "/bin/java");
    }

    @Test
    void the_usual_places_are_looked_through() throws Exception {
        java("jvm/a-17", "17");
        java("jvm/b-25", "25");
        aJar(NEW);
        assertThat(launch(Map.of(), "version").out()).contains(temp + "/jvm/b-25/bin/java");
    }

    @Test
    void a_jdk_that_says_its_version_is_not_started_to_ask_it() throws Exception {
        for (String version : List.of("1.8.0_402", "17.0.2", "25.0.1")) {
            Path java = executable(temp.resolve("jvm/" + version + "/bin/java"), SAYS_ITS_PLACE);
            String release = "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"%s\"\n".formatted(version);
            write(java.resolveSibling("../release").normalize(), release, NEW);
        }
        aJar(NEW);
        assertThat(launch(Map.of(), "version").out())
                .isEqualTo(temp + "/jvm/25.0.1/bin/java --sun-misc-unsafe-memory-access=allow\n");
    }

    @Test
    void what_the_build_noted_of_a_start_is_given_to_java_unless_an_option_forbids()
            throws Exception {
        java("jvm/j", "25");
        Path jar = aJar(NEW);
        Path notes = write(jar.resolveSibling("loadline-1-all.aot"), "", NEW);
        assertThat(launch(Map.of(), "serve").out())
                .contains("-XX:AOTCache=" + notes + "\n-Xlog:aot=off\n");
        for (String option : List.of("-Xshare:off", "-XX:AOTMode=off", "-XX:SharedArchiveFile=x"))
            for (String where :
                    List.of("LOADLINE_JAVA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"))
                assertThat(launch(Map.of(where, "-Da=b " + option), "serve").out())
                        .doesNotContain("AOTCache");
    }

    @Test
    void a_java_that_is_too_old_is_told_in_one_sentence() throws Exception {
        java("jvm/a-8", "1.8.0_402");
        java("jvm/b-21", "21.0.1");
        Ran ran = launch(Map.of(), "serve");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .isEqualTo(
                        "loadline: needs Java 25 or newer, but found only Java 21 (%s/jvm/b-21/bin/java);"
                                        .formatted(temp)
                                + " install a JDK 25 or set JAVA_HOME to one.\n");
    }

    @Test
    void no_java_is_told_in_one_sentence() throws Exception {
        Ran ran = launch(Map.of(), "serve");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err())
                .isEqualTo(
                        "loadline: needs Java 25 or newer, but found no Java; install a JDK 25 or"
                                + " set JAVA_HOME to one.\n");
    }

    @Test
    void it_becomes_java_where_the_user_is_with_all_arguments() throws Exception {
        java("jvm/j", "25");
        Path jar = aJar(NEW);
        Ran ran =
                launch(
                        Map.of("LOADLINE_JAVA_OPTS", "-Xmx1g -Dx=y"),
                        "serve",
                        "--config",
                        "a file.yaml");
        assertThat(ran.code()).isEqualTo(3);
        assertThat(ran.out().lines())
                .containsExactly(
                        temp + "/jvm/j/bin/java",
                        "pid " + ran.pid(),
                        "in " + Files.createDirectories(temp.resolve("elsewhere")),
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dio.netty.allocator.type=pooled",
                        "-XX:MaxDirectMemorySize=512m",
                        "-Xmx1g",
                        "-Dx=y",
                        "-jar",
                        jar.toString(),
                        "serve",
                        "--config",
                        "a file.yaml");
    }

    @Test
    void a_missing_jar_is_built_and_the_build_talks_to_stderr() throws Exception {
        java("jvm/j", "25");
        Ran ran = launch(Map.of(), "version");
        assertThat(ran.code()).isEqualTo(3);
        assertThat(ran.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("loadline: building " + project),
                        line ->
                                assertThat(line)
                                        .startsWith("mvn ")
                                        .contains("-Dmaven.test.skip=true package")
                                        .endsWith(
                                                " in %s with %s/jvm/j on %s/jvm/j"
                                                        .formatted(project, temp, temp)));
        assertThat(ran.out()).contains("loadline-2-all.jar").doesNotContain("mvn");
    }

    @Test
    void a_jar_is_built_again_only_if_something_is_newer() throws Exception {
        java("jvm/j", "25");
        Path jar = aJar(NEW);
        assertThat(launch(Map.of(), "version").err()).isEmpty();

        FileTime newer = FileTime.fromMillis(NEW.toMillis() + 60_000);
        for (String source : List.of("pom.xml", "src/main/java/A.java", "src/main/java")) {
            Files.setLastModifiedTime(project.resolve(source), newer);
            assertThat(launch(Map.of(), "version").err()).as(source).contains("mvn -q");
            Files.delete(project.resolve("target/loadline-2-all.jar"));
            Files.setLastModifiedTime(project.resolve(source), OLD);
        }
        assertThat(launch(Map.of(), "version").out()).contains(jar.toString());
    }

    @Test
    void a_build_that_fails_and_a_maven_that_is_missing_are_told() throws Exception {
        java("jvm/j", "25");
        executable(temp.resolve("bin/mvn"), "#!/bin/sh\nexit 1\n");
        Ran failed = launch(Map.of(), "version");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).endsWith("loadline: the build failed, see above.\n");

        Files.delete(temp.resolve("bin/mvn"));
        Ran missing = launch(Map.of(), "version");
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err())
                .isEqualTo(
                        "loadline: needs Maven to build its jar, but there is no mvn on the"
                                + " PATH.\n");
    }

    @Test
    void it_works_through_links() throws Exception {
        java("jvm/j", "25");
        Path jar = aJar(NEW);
        Path one = temp.resolve("one");
        Files.createSymbolicLink(one, Path.of("my project/loadline"));
        Files.createSymbolicLink(temp.resolve("bin/two"), one);
        Ran ran = start(Map.of(), List.of(temp.resolve("bin/two").toString(), "version"));
        assertThat(ran.out()).contains(jar.toString());
    }

    private Path java(String home, String version) throws IOException {
        return executable(
                temp.resolve(home).resolve("bin/java"),
                """
                #!/bin/sh
                if [ "$1" = -version ]; then echo 'openjdk version "%s" 2026-01-20' >&2; exit; fi
                echo "$0"
                echo "pid $$"
                echo "in $(pwd)"
                for each in "$@"; do echo "$each"; done
                exit 3
                """
                        .formatted(version));
    }

    private Path aJar(FileTime time) throws IOException {
        return write(project.resolve("target/loadline-1-all.jar"), "", time);
    }

    private Ran launch(Map<String, String> environment, String... args) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(args));
        command.addFirst(project.resolve("loadline").toString());
        return start(environment, command);
    }

    private Ran start(Map<String, String> environment, List<String> command) throws Exception {
        var builder = new ProcessBuilder(command);
        builder.directory(Files.createDirectories(temp.resolve("elsewhere")).toFile());
        builder.environment().clear();
        builder.environment().put("PATH", temp + "/bin:" + temp + "/tools");
        builder.environment().putAll(environment);
        Path err = Files.createTempFile(temp, "err", "");
        Process process = builder.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.pid(), process.exitValue(), out, Files.readString(err));
    }

    private void ageDirectories() throws IOException {
        for (String directory : List.of("src/main/java", "src/main"))
            Files.setLastModifiedTime(project.resolve(directory), OLD);
    }

    private static Path write(Path file, String text, FileTime time) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Files.setLastModifiedTime(file, time);
    }

    private static Path executable(Path file, String text) throws IOException {
        write(file, text, NEW);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path where(String tool) {
        return java.util.stream.Stream.of("/usr/bin", "/bin")
                .map(directory -> Path.of(directory, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}
