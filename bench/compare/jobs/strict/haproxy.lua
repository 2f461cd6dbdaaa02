core.register_service("refuse", "tcp", function(applet)
  applet:send("\x15\x03\x03\x00\x02\x02\x78")
end)
