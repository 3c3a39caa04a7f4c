# syntax=docker/dockerfile:1

# By hand: a JDK 25 and Maven, then the RUN line below in a clone.
FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY pom.xml ./
COPY .ci/Format.java .ci/
COPY src src/
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -Dmaven.test.skip=true -Dwarm-up.skip=true package && cp target/loadline-*-all.jar /loadline.jar

FROM eclipse-temurin:25-jre-noble
RUN useradd --system --user-group --uid 10001 --home-dir /loadline loadline \
    && mkdir -p /loadline/conf /loadline/data \
    && chown -R loadline:loadline /loadline
COPY --from=build /loadline.jar /loadline/loadline.jar
USER loadline
# Relative paths of the configuration are against this: conf/loadline.yaml is read if it is mounted, and the database
# is data/loadline.db.
WORKDIR /loadline
# What a start needs is noted by the very JVM that will use it. One that can't, here or later, is no reason not to start.
RUN java -XX:AOTCacheOutput=/loadline/loadline.aot -Xlog:disable --sun-misc-unsafe-memory-access=allow \
    -Dio.netty.allocator.type=pooled -XX:MaxDirectMemorySize=512m -jar /loadline/loadline.jar warm-up || true
VOLUME /loadline/data

# The server listens on the container's loopback, since any other address needs keys. Without
# them: docker run --network=host. With them: set server.host to 0.0.0.0 in the configuration and publish the port.
EXPOSE 8080

# Bash can speak to a port by itself: no curl in the image, no JVM per check.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 2 status <&3 && [[ $status == *' 200 '* ]]"]

# More options for the JVM: the variable JDK_JAVA_OPTIONS. In exec form, so that SIGTERM reaches Java and drains.
ENTRYPOINT ["java", "-XX:AOTCache=/loadline/loadline.aot", "-Xlog:aot=off", "--sun-misc-unsafe-memory-access=allow", "-Dio.netty.allocator.type=pooled", "-XX:MaxDirectMemorySize=512m", "-XX:MaxRAMPercentage=50", "-jar", "/loadline/loadline.jar"]
CMD ["serve"]
