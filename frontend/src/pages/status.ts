import { mount } from 'svelte'
import '../theme/theme'
import App from '../status/App.svelte'

mount(App, { target: document.getElementById('app')! })
