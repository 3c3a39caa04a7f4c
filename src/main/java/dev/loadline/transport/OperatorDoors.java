package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.COMMAND;
import static dev.loadline.transport.Routes.Kind.OPERATE;
import static dev.loadline.transport.Routes.Kind.SET;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.transport.Operations.Drill;
import dev.loadline.transport.Operations.Fault;
import dev.loadline.transport.Routes.Route;

import io.vertx.core.http.HttpMethod;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What operators change: a dependency's standing, and in drills what is to go wrong. Each change
 * stands in the log under {@code dev.loadline.audit} with who made it. One loop.
 */
final class OperatorDoors {
    private static final Logger AUDIT = LoggerFactory.getLogger("dev.loadline.audit");
    private static final String FAULT = "/api/ops/faults/:dependency";
    private static final String GUARDS = "/api/ops/guards";

    /** The wire's answer to who asks for the guards. */
    record Guards(boolean enabled) {}

    private final Operations operations;

    OperatorDoors(Operations operations) {
        this.operations = operations;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.GET, OPERATE, GUARDS, this::guards),
                Route.of(HttpMethod.PUT, SET, GUARDS, this::guard),
                Route.of(HttpMethod.GET, OPERATE, FAULT, this::fault),
                Route.of(HttpMethod.PUT, SET, FAULT, this::order),
                Route.of(HttpMethod.DELETE, COMMAND, FAULT, this::end),
                verb("hold", operations::hold),
                verb("release", operations::release),
                verb("relearn", operations::relearn));
    }

    private Route verb(String verb, Consumer<String> act) {
        String path = "/api/ops/dependencies/:dependency/" + verb;
        return Route.of(
                HttpMethod.POST,
                COMMAND,
                path,
                exchange -> {
                    String dependency = dependency(exchange);
                    act.accept(dependency);
                    audit(exchange, verb + " " + dependency);
                    exchange.empty(204);
                });
    }

    private void guards(Exchange exchange) {
        exchange.json(200, new Guards(drill().guarded()));
    }

    private void guard(Exchange exchange) {
        Drill drill = drill();
        var members = new Members(exchange.body(), "enabled");
        members.require("enabled");
        Boolean enabled = members.truth("enabled");
        members.check();
        boolean on = Boolean.TRUE.equals(enabled);
        drill.guard(on);
        audit(exchange, on ? "guards on" : "guards off");
        exchange.json(200, new Guards(on));
    }

    private void fault(Exchange exchange) {
        exchange.json(200, drill().fault(dependency(exchange)));
    }

    private void order(Exchange exchange) {
        Drill drill = drill();
        String dependency = dependency(exchange);
        Fault fault = Faults.read(exchange.body());
        drill.fault(dependency, fault);
        audit(exchange, "fault of " + dependency + ": " + Json.write(fault));
        exchange.json(200, fault);
    }

    private void end(Exchange exchange) {
        Drill drill = drill();
        String dependency = dependency(exchange);
        drill.fault(dependency, Fault.NONE);
        audit(exchange, "no fault of " + dependency);
        exchange.empty(204);
    }

    private Drill drill() {
        Drill drill = operations.drill();
        if (drill != null) return drill;
        throw new ProblemException(
                Problem.of(
                        Problem.Code.NOT_FOUND,
                        "nothing can be made to fail here: this needs loadline serve --drill"));
    }

    private String dependency(Exchange exchange) {
        String name = exchange.name("dependency");
        Set<String> known = new TreeSet<>(operations.dependencies());
        if (known.contains(name)) return name;
        throw new ProblemException(
                Problem.of(
                        Problem.Code.NOT_FOUND,
                        "no such dependency with a guard; there are: " + String.join(", ", known)));
    }

    private static void audit(Exchange exchange, String what) {
        AUDIT.warn("{}: {}", exchange.caller().principal(), what);
    }
}
