package dev.loadline;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;

import org.junit.jupiter.api.Test;

import java.util.Map;

/**
 * Goal: imports only go down, as the table of DESIGN.md §2 says. Method: the table as code, held
 * against the classes.
 */
class FloorsTest {
    private static final String[] LOWEST = {"core"};
    private static final String[] SERVICE = {"guard", "mailbox", "telemetry", "core"};

    /** Room to rooms it may import; {@code app} may import all. */
    private static final Map<String, String[]> MAY_IMPORT =
            Map.ofEntries(
                    Map.entry("core", new String[] {}),
                    Map.entry("telemetry", LOWEST),
                    Map.entry("turn", LOWEST),
                    Map.entry("mailbox", new String[] {"telemetry", "core"}),
                    Map.entry("guard", new String[] {"telemetry", "core"}),
                    Map.entry("context", SERVICE),
                    Map.entry("model", SERVICE),
                    Map.entry("tool", SERVICE),
                    Map.entry("store", new String[] {"turn", "guard", "telemetry", "core"}),
                    Map.entry(
                            "memory",
                            new String[] {
                                "context",
                                "model",
                                "tool",
                                "store",
                                "guard",
                                "mailbox",
                                "telemetry",
                                "core"
                            }),
                    Map.entry(
                            "engine",
                            new String[] {
                                "turn",
                                "context",
                                "model",
                                "tool",
                                "store",
                                "guard",
                                "mailbox",
                                "telemetry",
                                "core"
                            }),
                    Map.entry(
                            "schedule",
                            new String[] {
                                "engine", "tool", "store", "guard", "mailbox", "telemetry", "core"
                            }),
                    Map.entry("ops", SERVICE),
                    Map.entry(
                            "transport",
                            new String[] {
                                "engine",
                                "schedule",
                                "memory",
                                "turn",
                                "mailbox",
                                "telemetry",
                                "core"
                            }));

    /** Where tests are, whoever compiled them. */
    private static final String TESTS =
            FloorsTest.class.getProtectionDomain().getCodeSource().getLocation().getPath();

    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .withImportOption(location -> !location.contains(TESTS))
                    .importPackages("dev.loadline");

    @Test
    void imports_only_go_down() {
        Architectures.LayeredArchitecture house =
                layeredArchitecture()
                        .consideringOnlyDependenciesInAnyPackage("dev.loadline..")
                        .withOptionalLayers(true)
                        .layer("app")
                        .definedBy("dev.loadline.app..");
        for (String room : MAY_IMPORT.keySet())
            house = house.layer(room).definedBy("dev.loadline." + room + "..");
        for (var room : MAY_IMPORT.entrySet()) {
            house =
                    room.getValue().length == 0
                            ? house.whereLayer(room.getKey()).mayNotAccessAnyLayer()
                            : house.whereLayer(room.getKey()).mayOnlyAccessLayers(room.getValue());
        }
        house.check(HOUSE);
    }

    @Test
    void no_room_is_in_a_cycle() {
        slices().matching("dev.loadline.(*)..").should().beFreeOfCycles().check(HOUSE);
    }
}
