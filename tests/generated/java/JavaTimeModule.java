package com.fasterxml.jackson.datatype.jsr310;

import com.fasterxml.jackson.databind.module.SimpleModule;

/** In the place of the one of jackson-datatype-jsr310, which is in no registry that we use: no operation has a date. */
public class JavaTimeModule extends SimpleModule {}
